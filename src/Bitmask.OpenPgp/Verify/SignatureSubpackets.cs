using System.Text;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Verify;

/// <summary>
/// What the subpackets of a signature say (RFC 9580 §5.2.3.8 to §5.2.3.36). They count only where the signature covers them; from the
/// other area comes what proves itself: hints whom to ask, and signatures of their own.
/// </summary>
internal sealed class SignatureSubpackets(int version)
{
    public DateTimeOffset? Created { get; set; }

    public TimeSpan? Validity { get; private set; }

    public TimeSpan? KeyValidity { get; private set; }

    public KeyFlags? Flags { get; private set; }

    public bool IsPrimaryUserId { get; private set; }

    /// <summary>False where the signer wants it to stay with whom he gave it to.</summary>
    public bool IsExportable { get; private set; } = true;

    public byte? RevocationReason { get; private set; }

    public string RevocationText { get; private set; } = "";

    public byte[] PreferredCiphers { get; private set; } = [];

    public byte[] PreferredHashes { get; private set; } = [];

    public byte[] PreferredCompression { get; private set; } = [];

    /// <summary>Pairs of a cipher and a mode.</summary>
    public byte[] PreferredAeadSuites { get; private set; } = [];

    /// <summary>The first octet of flags: 1 for version 1 of integrity protected data, 8 for version 2.</summary>
    public byte? Features { get; private set; }

    public List<Notation> Notations { get; } = [];

    /// <summary>Primary keys that the message was for; empty if the signer does not say.</summary>
    public List<Fingerprint> IntendedRecipients { get; } = [];

    /// <summary>
    /// Who else may revoke the key. Read, and not honoured: RFC 9580 §5.2.3.23 deprecates it, and the other's key would have to be
    /// fetched from somewhere before anything could be said about this one.
    /// </summary>
    public List<Fingerprint> RevocationKeys { get; } = [];

    public Fingerprint? Issuer { get; private set; }

    public string? IssuerKeyId { get; set; }

    /// <summary>The body of a signature inside this one: a signing subkey's word for its primary key.</summary>
    public List<byte[]> Embedded { get; } = [];

    /// <summary>Whether it holds a part that must be understood and is not; then it means nothing.</summary>
    public bool HasUnknownCritical { get; private set; }

    public void ReadHashed(ReadOnlySpan<byte> area)
    {
        var reader = new OctetReader(area);
        while (reader.Remaining > 0)
        {
            var body = Next(ref reader, out var type, out var isCritical);
            HasUnknownCritical |= !(ReadHint(type, ref body) || ReadNumber(type, ref body) || ReadList(type, ref body, isCritical)) && isCritical;
            if (body.Remaining > 0)
            {
                throw new OpenPgpFormatException("A part of a signature is longer than it can be.");
            }
        }
    }

    public void ReadUnhashed(ReadOnlySpan<byte> area)
    {
        var reader = new OctetReader(area);
        while (reader.Remaining > 0)
        {
            var body = Next(ref reader, out var type, out _);
            ReadHint(type, ref body);
        }
    }

    /// <summary>Takes an area apart without reading what the parts say.</summary>
    public static List<(SubpacketType Type, byte[] Octets)> Split(ReadOnlySpan<byte> area)
    {
        var parts = new List<(SubpacketType Type, byte[] Octets)>();
        var reader = new OctetReader(area);
        while (reader.Remaining > 0)
        {
            var begin = reader.Position;
            Next(ref reader, out var type, out _);
            parts.Add((type, area[begin..reader.Position].ToArray()));
        }

        return parts;
    }

    // Of a part that is not known nothing is left over either: what it holds is its own affair.
    private static OctetReader Next(ref OctetReader reader, out SubpacketType type, out bool isCritical)
    {
        int length = reader.Octet();
        length = length switch
        {
            < 192 => length,
            < 255 => ((length - 192) << 8) + reader.Octet() + 192,
            _ => (int)Math.Min(reader.UInt32(), int.MaxValue),
        };
        var body = new OctetReader(reader.Take(length));
        var first = body.Octet();
        type = (SubpacketType)(first & 0x7F);
        isCritical = (first & 0x80) != 0;
        return body;
    }

    private bool ReadNumber(SubpacketType type, ref OctetReader body)
    {
        switch (type)
        {
            case SubpacketType.SignatureCreationTime:
                Created = body.Time();
                return true;
            case SubpacketType.SignatureExpirationTime:
                Validity = Seconds(body.UInt32());
                return true;
            case SubpacketType.KeyExpirationTime:
                KeyValidity = Seconds(body.UInt32());
                return true;
            case SubpacketType.PrimaryUserId:
                IsPrimaryUserId = body.Octet() != 0;
                return true;
            case SubpacketType.ExportableCertification:
                IsExportable = body.Octet() != 0;
                return true;
            case SubpacketType.Revocable:
                body.Octet();
                return true;
            case SubpacketType.TrustSignature:
                body.UInt16();
                return true;
            default:
                return false;
        }
    }

    private bool ReadList(SubpacketType type, ref OctetReader body, bool isCritical)
    {
        var all = body.Take(body.Remaining);
        switch (type)
        {
            case SubpacketType.KeyFlags:
                Flags = all is [var flags, ..] ? (KeyFlags)flags : KeyFlags.None;
                return true;
            case SubpacketType.Features:
                Features = all is [var features, ..] ? features : (byte)0;
                return true;
            case SubpacketType.PreferredCiphers:
                PreferredCiphers = all.ToArray();
                return true;
            case SubpacketType.PreferredHashes:
                PreferredHashes = all.ToArray();
                return true;
            case SubpacketType.PreferredCompression:
                PreferredCompression = all.ToArray();
                return true;
            case SubpacketType.PreferredAeadSuites:
                PreferredAeadSuites = all.Length % 2 == 0 ? all.ToArray() : throw new OpenPgpFormatException("A list of pairs has half a pair.");
                return true;
            case SubpacketType.ReasonForRevocation:
                RevocationReason = all is [var reason, ..] ? reason : throw new OpenPgpFormatException("A reason is missing.");
                RevocationText = Encoding.UTF8.GetString(all[1..]);
                return true;
            case SubpacketType.NotationData:
                ReadNotation(all);
                // No name of a notation is known here that changes what the signature means.
                return !isCritical;
            case SubpacketType.RevocationKey:
                RevocationKeys.Add(all.Length == 22 ? new Fingerprint(Convert.ToHexString(all[2..])) : throw new OpenPgpFormatException("A revocation key is not whole."));
                return true;
            case SubpacketType.IntendedRecipient:
                IntendedRecipients.Add(ReadFingerprint(all) ?? throw new OpenPgpFormatException("The fingerprint of a recipient is not whole."));
                return true;
            case SubpacketType.RegularExpression or SubpacketType.KeyServerPreferences or SubpacketType.PreferredKeyServer
                or SubpacketType.PolicyUri or SubpacketType.SignersUserId or SubpacketType.SignatureTarget:
                return true;
            default:
                return false;
        }
    }

    private bool ReadHint(SubpacketType type, ref OctetReader body)
    {
        switch (type)
        {
            case SubpacketType.IssuerKeyId:
                var keyId = Convert.ToHexString(body.Take(8));
                IssuerKeyId ??= keyId;
                return true;
            case SubpacketType.IssuerFingerprint:
                // Its version is that of the signature, for the two go together (RFC 9580 §5.2.3.35).
                var all = body.Take(body.Remaining);
                var issuer = all is [var of, ..] && of == version ? ReadFingerprint(all) : throw new OpenPgpFormatException("The signer's fingerprint is of another version.");
                Issuer ??= issuer;
                return true;
            case SubpacketType.EmbeddedSignature:
                Embedded.Add(body.Take(body.Remaining).ToArray());
                return true;
            default:
                return false;
        }
    }

    private void ReadNotation(ReadOnlySpan<byte> all)
    {
        var reader = new OctetReader(all);
        var isText = (reader.Octet() & 0x80) != 0;
        reader.Take(3);
        var (nameOctets, valueOctets) = (reader.UInt16(), reader.UInt16());
        Notations.Add(new Notation(Encoding.UTF8.GetString(reader.Take(nameOctets)), reader.Take(valueOctets).ToArray(), isText));
    }

    private static Fingerprint? ReadFingerprint(ReadOnlySpan<byte> all)
        => all is [4, ..] && all.Length == 21 || all is [6, ..] && all.Length == 33 ? new Fingerprint(Convert.ToHexString(all[1..])) : null;

    private static TimeSpan? Seconds(uint seconds) => seconds == 0 ? null : TimeSpan.FromSeconds(seconds);
}
