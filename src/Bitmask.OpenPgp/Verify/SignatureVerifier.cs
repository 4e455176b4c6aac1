namespace Bitmask.OpenPgp;

/// <summary>Checks signatures against certificates at hand; fetches nothing.</summary>
public static class SignatureVerifier
{
    /// <summary>
    /// Checks a detached signature over exactly <paramref name="data"/>. Where the block holds several, the best outcome counts.
    /// Never throws on bytes from outside: what can not be read is <see cref="SignatureStatus.None"/> or <see cref="SignatureStatus.Unsupported"/>.
    /// </summary>
    /// <param name="data">The signed octets; for PGP/MIME the part with CRLF line ends (RFC 3156 §5).</param>
    /// <param name="signature">Signature packets, armored or binary, also such as <see cref="SignatureResult.Packet"/>.</param>
    /// <param name="candidates">Certificates whose keys, subkeys included, may have signed.</param>
    /// <param name="now">Signatures made later than a day from now are not good.</param>
    public static SignatureResult VerifyDetached(
        ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, IReadOnlyList<OpenPgpCertificate> candidates, DateTimeOffset now)
        => throw new NotImplementedException();

    /// <summary>As the other overload, with the signature as armored text.</summary>
    public static SignatureResult VerifyDetached(
        ReadOnlySpan<byte> data, string signatureArmor, IReadOnlyList<OpenPgpCertificate> candidates, DateTimeOffset now)
        => throw new NotImplementedException();
}
