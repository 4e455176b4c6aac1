using System.Text;
using Bitmask.OpenPgp.Messages;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp;

/// <summary>Checks signatures against certificates at hand; fetches nothing.</summary>
public static class SignatureVerifier
{
    private const int MaxPackets = 16;
    private const int RunOctets = 64 * 1024;

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
        var packets = ReadPackets(signature);
        using var hashes = Announced(packets);
        hashes.Append(data);
        return Best(packets.ConvertAll(packet => SignatureChecker.Check(packet, hashes, candidates, now)));
    }

    /// <summary>As the other overload, with the signature as armored text.</summary>
    public static SignatureResult VerifyDetached(
        ReadOnlySpan<byte> data, string signatureArmor, IReadOnlyList<OpenPgpCertificate> candidates, DateTimeOffset now)
        => VerifyDetached(data, Encoding.UTF8.GetBytes(signatureArmor), candidates, now);

    /// <summary>The same for what <paramref name="data"/> holds, in constant memory.</summary>
    public static SignatureResult VerifyDetached(Stream data, ReadOnlySpan<byte> signature, IReadOnlyList<OpenPgpCertificate> candidates, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(candidates);
        var packets = ReadPackets(signature);
        using var hashes = Announced(packets);
        var run = new byte[RunOctets];
        while (data.ReadAtLeast(run, run.Length, throwOnEndOfStream: false) is > 0 and var count)
        {
            hashes.Append(run.AsSpan(0, count));
        }

        return Best(packets.ConvertAll(packet => SignatureChecker.Check(packet, hashes, candidates, now)));
    }

    /// <summary>
    /// Reads a message that is signed and not encrypted: one with its signature inside (RFC 9580 §10.3), or a text with its signature below it
    /// (§7). What was signed stands in <paramref name="into"/> afterwards, whatever the signatures are worth; what stands around it does not.
    /// </summary>
    /// <param name="message">The message, armored or binary.</param>
    /// <param name="into">Takes the data; what it held before is wiped. Empty when the message can not be read.</param>
    /// <param name="candidates">Certificates whose keys may have signed.</param>
    /// <param name="now">The time at which signatures are judged.</param>
    /// <param name="limits">What the message may cost.</param>
    public static SignedMessage VerifyMessage(
        Stream message, PlaintextSpool into, IReadOnlyList<OpenPgpCertificate> candidates, DateTimeOffset now, MessageLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(into);
        ArgumentNullException.ThrowIfNull(candidates);
        limits ??= MessageLimits.Default;
        into.Clear();
        SignedMessage? read = null;
        try
        {
            read = SignedMessageReader.Read(message, into, candidates, now, limits);
        }
        catch (OpenPgpFormatException e)
        {
            read = new SignedMessage.Damaged(e.Message);
        }
        finally
        {
            if (read is SignedMessage.Read)
            {
                into.Complete();
            }
            else
            {
                into.Clear();
            }
        }

        return read;
    }

    private static SignatureResult Best(List<SignatureResult> results)
        => results.MinBy(result => Array.IndexOf(ByWeight, result.Status)) ?? new SignatureResult(SignatureStatus.None, null, null, null, null, []);

    private static DataHashes Announced(List<byte[]> signatures)
    {
        var hashes = new DataHashes();
        signatures.ForEach(signature => SignaturePacket.TryParse(signature)?.AnnounceTo(hashes));
        return hashes;
    }

    private static List<byte[]> ReadPackets(ReadOnlySpan<byte> signature)
    {
        try
        {
            return [.. PacketReader.ReadAll(Armor.Decode(signature, out _), MaxPackets).Where(packet => packet.Tag == PacketTag.Signature).Select(packet => packet.Body.ToArray())];
        }
        catch (OpenPgpFormatException)
        {
            return [];
        }
    }
}
