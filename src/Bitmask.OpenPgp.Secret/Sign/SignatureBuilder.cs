using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Secret.Keys;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Secret.Sign;

/// <summary>Makes version 4 signature packet bodies (RFC 9580 §5.2.3), always with SHA-512.</summary>
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
        using var time = new OctetWriter(4);
        With(SubpacketType.SignatureCreationTime, time.Time(created).Written);
        With(SubpacketType.IssuerFingerprint, [4, .. Convert.FromHexString(signer.Key.Fingerprint.Value)]);
    }

    public SignatureBuilder With(SubpacketType type, params ReadOnlySpan<byte> body)
    {
        using var subpacket = new OctetWriter(body.Length + 6);
        _hashed.AddRange(subpacket.Length(body.Length + 1).Octet((int)type).Octets(body).Written);
        return this;
    }

    /// <summary>Signs what the pieces say, one after the other.</summary>
    public byte[] Sign(params ReadOnlySpan<byte[]> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        foreach (var piece in content)
        {
            hash.AppendData(piece);
        }

        return Finish(hash);
    }

    /// <summary>Signs data.</summary>
    public byte[] SignData(ReadOnlySpan<byte> data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        hash.AppendData(data);
        return Finish(hash);
    }

    /// <summary>Signs the data that ran through <paramref name="hash"/>.</summary>
    public byte[] SignHashed(IncrementalHash hash) => Finish(hash);

    private byte[] Finish(IncrementalHash hash)
    {
        using var body = new OctetWriter(512);
        body.Octet(4).Octet((int)_type).Octet((int)_signer.Key.Algorithm).Octet((int)Hash)
            .UInt16(_hashed.Count).Octets(CollectionsMarshal.AsSpan(_hashed));
        var digest = SignaturePacket.FinishHash(hash, body.Written);
        body.UInt16(10).Octet(9).Octet((int)SubpacketType.IssuerKeyId).Octets(Convert.FromHexString(_signer.Key.KeyId))
            .Octets(digest.AsSpan(0, 2));
        DigestSigner.Write(body, _signer, digest);
        return body.ToArray();
    }
}
