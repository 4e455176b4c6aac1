namespace Bitmask.OpenPgp.Verify;

/// <summary>A statement in a signature under a name that its inventor chose (RFC 9580 §5.2.3.24).</summary>
internal sealed record Notation(string Name, byte[] Value, bool IsText);
