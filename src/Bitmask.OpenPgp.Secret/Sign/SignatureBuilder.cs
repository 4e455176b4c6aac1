using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Secret.Keys;
using Bitmask.OpenPgp.Verify;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret.Sign;

/// <summary>Makes signature packet bodies (RFC 9580 §5.2.3), always with SHA-512; of version 4 or 6, as the key is.</summary>
internal sealed class SignatureBuilder
{
    public const HashId Hash = HashId.Sha512;

    private readonly SignatureType _type;
    private readonly SecretKeyPart _signer;
    private readonly List<byte> _hashed = [];

    public SignatureBuilder(SignatureType type, SecretKeyPart signer, DateTimeOffset created)
    {
        _type = type;
        _signer = signer;
        Salt = signer.Key.Version == 6 ? RandomNumberGenerator.GetBytes(Algorithms.SaltOctets(Hash)) : [];
        using var time = new OctetWriter(4);
        With(SubpacketType.SignatureCreationTime, time.Time(created).Written);
        With(SubpacketType.IssuerFingerprint, [(byte)signer.Key.Version, .. Convert.FromHexString(signer.Key.Fingerprint.Value)]);
    }

    /// <summary>What version 6 hashes first; a one-pass packet announces it. Empty in version 4.</summary>
    public byte[] Salt { get; }

    public SignatureBuilder With(SubpacketType type, params ReadOnlySpan<byte> body)
    {
        using var subpacket = new OctetWriter(body.Length + 6);
        _hashed.AddRange(subpacket.Length(body.Length + 1).Octet((int)type).Octets(body).Written);
        return this;
    }

    /// <summary>A time span in seconds; none is written for null, which is for ever.</summary>
    public SignatureBuilder With(SubpacketType type, TimeSpan? span)
    {
        if (span is not { } finite)
        {
            return this;
        }

        using var writer = new OctetWriter(4);
        return With(type, writer.UInt32(checked((uint)finite.TotalSeconds)).Written);
    }

    /// <summary>For whom a signed message is (RFC 9580 §5.2.3.36).</summary>
    public SignatureBuilder WithRecipient(Fingerprint recipient)
        => With(SubpacketType.IntendedRecipient, [(byte)(recipient.Value.Length == 64 ? 6 : 4), .. Convert.FromHexString(recipient.Value)]);

    /// <summary>Everything that <paramref name="renewed"/> says of the key, other than when it was made, by whom, and until when both hold.</summary>
    public SignatureBuilder WithAllOf(SignaturePacket renewed)
    {
        foreach (var (type, subpacket) in renewed.HashedSubpackets())
        {
            if (type is not (SubpacketType.SignatureCreationTime or SubpacketType.SignatureExpirationTime or SubpacketType.KeyExpirationTime
                or SubpacketType.IssuerFingerprint or SubpacketType.IssuerKeyId or SubpacketType.EmbeddedSignature))
            {
                _hashed.AddRange(subpacket);
            }
        }

        // Wherever it stood, it proves itself.
        renewed.Says.Embedded.ForEach(body => With(SubpacketType.EmbeddedSignature, body));
        return this;
    }

    /// <summary>Signs what the pieces say, one after the other.</summary>
    public byte[] Sign(params ReadOnlySpan<byte[]> content)
    {
        using var hash = BeginHash();
        foreach (var piece in content)
        {
            hash.AppendData(piece);
        }

        return SignHashed(hash);
    }

    /// <summary>Signs data.</summary>
    public byte[] SignData(ReadOnlySpan<byte> data)
    {
        using var hash = BeginHash();
        hash.AppendData(data);
        return SignHashed(hash);
    }

    /// <summary>Announces the signature before the data, so that a reader can hash while it reads (RFC 9580 §5.4).</summary>
    public void WriteOnePass(OctetWriter message)
    {
        using var body = new OctetWriter(96);
        if (_signer.Key.Version == 6)
        {
            body.Octet(6).Octet((int)_type).Octet((int)Hash).Octet((int)_signer.Key.Algorithm)
                .Octet(Salt.Length).Octets(Salt).Octets(Convert.FromHexString(_signer.Key.Fingerprint.Value));
        }
        else
        {
            body.Octet(3).Octet((int)_type).Octet((int)Hash).Octet((int)_signer.Key.Algorithm).Octets(Convert.FromHexString(_signer.Key.KeyId));
        }

        message.Packet(PacketTag.OnePassSignature, body.Octet(1).Written);
    }

    /// <summary>The hash to feed with what is signed; it holds the salt already.</summary>
    public IncrementalHash BeginHash()
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        hash.AppendData(Salt);
        return hash;
    }

    /// <summary>Signs the data that ran through <paramref name="hash"/>, salt first.</summary>
    public byte[] SignHashed(IncrementalHash hash)
    {
        var version = _signer.Key.Version;
        using var body = new OctetWriter(512);
        body.Octet(version).Octet((int)_type).Octet((int)_signer.Key.Algorithm).Octet((int)Hash);
        var hashed = CollectionsMarshal.AsSpan(_hashed);
        _ = version == 6 ? body.UInt32((uint)hashed.Length) : body.UInt16(hashed.Length);
        var digest = SignaturePacket.FinishHash(hash, body.Octets(hashed).Written);
        if (version == 6)
        {
            body.UInt32(0).Octets(digest.AsSpan(0, 2)).Octet(Salt.Length).Octets(Salt);
        }
        else
        {
            body.UInt16(10).Octet(9).Octet((int)SubpacketType.IssuerKeyId).Octets(Convert.FromHexString(_signer.Key.KeyId)).Octets(digest.AsSpan(0, 2));
        }

        DigestSigner.Write(body, _signer, digest);
        return body.ToArray();
    }
}
