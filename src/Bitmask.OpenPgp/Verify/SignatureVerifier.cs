using System.Text;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp;

/// <summary>Checks signatures against certificates at hand; fetches nothing.</summary>
public static class SignatureVerifier
{
    private const int MaxPackets = 16;

    // Where several people signed, one good signature makes the block good; else what a reader most needs to know.
    private static readonly SignatureStatus[] ByWeight =
    [
        SignatureStatus.Good, SignatureStatus.RevokedKey, SignatureStatus.ExpiredKey, SignatureStatus.Bad, SignatureStatus.UnknownKey, SignatureStatus.Unsupported,
    ];

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
    {
        ArgumentNullException.ThrowIfNull(candidates);
        SignatureResult? best = null;
        foreach (var packet in ReadPackets(signature))
        {
            if (packet.Tag == PacketTag.Signature)
            {
                var result = SignatureChecker.Check(packet.Body.Span, data, candidates, now);
                best = best is null || Weight(result) < Weight(best) ? result : best;
            }
        }

        return best ?? new SignatureResult(SignatureStatus.None, null, null, null, null, []);
    }

    /// <summary>As the other overload, with the signature as armored text.</summary>
    public static SignatureResult VerifyDetached(
        ReadOnlySpan<byte> data, string signatureArmor, IReadOnlyList<OpenPgpCertificate> candidates, DateTimeOffset now)
        => VerifyDetached(data, Encoding.UTF8.GetBytes(signatureArmor), candidates, now);

    private static int Weight(SignatureResult result) => Array.IndexOf(ByWeight, result.Status);

    private static List<Packet> ReadPackets(ReadOnlySpan<byte> signature)
    {
        try
        {
            return PacketReader.ReadAll(Armor.Decode(signature, out _), MaxPackets);
        }
        catch (OpenPgpFormatException)
        {
            return [];
        }
    }
}
