using System.Text;

namespace Bitmask.Fuzz;

/// <summary>One parser of octets from outside.</summary>
/// <param name="Name">As it is named on the command line.</param>
/// <param name="Library">The assembly that a fuzzer has to instrument to see where the octets lead.</param>
/// <param name="Seeds">Well-formed input to start from.</param>
/// <param name="Run">
/// Feeds the parser. Takes the parser's own exception for an answer; whatever else leaves it is a defect, and so is a promise that does not
/// hold (<see cref="Promise"/>).
/// </param>
/// <param name="Cost">How many times as long as a plain text parser one run takes; a short run does fewer of them.</param>
internal sealed record FuzzTarget(string Name, string Library, Func<IEnumerable<byte[]>> Seeds, Action<byte[]> Run, int Cost = 1)
{
    public override string ToString() => Name;
}

/// <summary>What parsers promise beyond "throws nothing else".</summary>
internal static class Promise
{
    public static void That(bool holds, string promise)
    {
        if (!holds)
        {
            throw new BrokenPromiseException(promise);
        }
    }

    public static byte[] Octets(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Octets as a text in which every octet is one character, for parsers of text.</summary>
    public static string Latin1(byte[] octets) => Encoding.Latin1.GetString(octets);

    /// <summary>Octets as a server reads them.</summary>
    public static string Utf8(byte[] octets) => Encoding.UTF8.GetString(octets);
}

/// <summary>A parser did not do what it promises.</summary>
internal sealed class BrokenPromiseException(string promise) : Exception(promise);
