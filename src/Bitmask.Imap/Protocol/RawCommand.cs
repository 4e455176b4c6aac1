namespace Bitmask.Imap.Protocol;

/// <summary>
/// One command as it came: stretches of text, without line ends, and between two stretches a literal. The stretch before a literal
/// still ends in its <c>{n}</c>, which is how the scanner knows where the literal stands.
/// </summary>
/// <param name="Text">The stretches, one more than there are literals.</param>
/// <param name="Literals">The literals.</param>
internal sealed record RawCommand(IReadOnlyList<byte[]> Text, IReadOnlyList<ReadOnlyMemory<byte>> Literals);
