using Bitmask.Primitives;

namespace Bitmask.OpenPgp;

/// <summary>One key of a certificate, the primary key or a subkey.</summary>
/// <param name="Fingerprint">Its own fingerprint.</param>
/// <param name="KeyId">Its key id, 16 upper-case hex digits (RFC 9580 §5.5.4).</param>
/// <param name="Algorithm">The algorithm, such as <c>ECDH Curve25519</c> or <c>RSA</c>.</param>
/// <param name="Bits">Size of the key in bits.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Expires">When it expires; null = never.</param>
public sealed record SubkeyInfo(Fingerprint Fingerprint, string KeyId, string Algorithm, int Bits, DateTimeOffset Created, DateTimeOffset? Expires);
