namespace Bitmask.Mail.Pipelines;

/// <summary>What came of opening an item of the incoming box.</summary>
internal abstract record ItemAnswer
{
    private ItemAnswer()
    {
    }

    /// <summary>A mail to file.</summary>
    public sealed record Opened(IncomingMail Mail, SecurityFacts Facts) : ItemAnswer;

    /// <summary>Not in the box any more: another device was quicker.</summary>
    public sealed record Gone : ItemAnswer;

    /// <summary>Not now, or not at all.</summary>
    /// <param name="Reason">Fit to show a person.</param>
    /// <param name="Wrapper">The item as it came; null when not even that could be had.</param>
    /// <param name="Counts">False when the item is not to blame, so that it may wait for ever.</param>
    public sealed record Failed(string Reason, byte[]? Wrapper, bool Counts) : ItemAnswer;
}
