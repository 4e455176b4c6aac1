namespace Bitmask.Protocol.Outgoing;

/// <summary>What came of asking for a name. That there is nothing and that one could not find out are different answers.</summary>
/// <typeparam name="T">What was asked for.</typeparam>
public abstract record NameAnswer<T>
{
    private NameAnswer()
    {
    }

    /// <summary>There is something.</summary>
    /// <param name="Values">At least one value, in the order to try them.</param>
    public sealed record Found(IReadOnlyList<T> Values) : NameAnswer<T>;

    /// <summary>There is nothing: the name does not exist, or has nothing of this kind.</summary>
    public sealed record None : NameAnswer<T>;

    /// <summary>The question was not answered; ask again later.</summary>
    /// <param name="Reason">Why, for a log.</param>
    public sealed record Failed(string Reason) : NameAnswer<T>;
}
