using System.Text;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Secret.Sign;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Secret;

/// <summary>Signs, and signs while encrypting; always SHA-512.</summary>
public static class MessageSigner
{
    /// <summary>Signs <paramref name="data"/> and encrypts both as <see cref="MessageEncryptor"/> does.</summary>
    /// <exception cref="UnusableKeyException">A recipient has no key to encrypt to, or the signer none to sign with.</exception>
    public static byte[] EncryptAndSign(
        ReadOnlySpan<byte> data, IReadOnlyList<OpenPgpCertificate> recipients, OpenPgpSecretKey signer, DateTimeOffset now, bool armor = true)
    {
        ArgumentNullException.ThrowIfNull(signer);
        var key = signer.SigningPart(now);
        using var before = new OctetWriter();
        // Which key signed stands before the data, so that a reader can hash while it reads (RFC 9580 §5.4).
        before.Header(PacketTag.OnePassSignature, 13).Octet(3).Octet((int)SignatureType.Binary).Octet((int)SignatureBuilder.Hash)
            .Octet((int)key.Key.Algorithm).Octets(Convert.FromHexString(key.Key.KeyId)).Octet(1);
        MessageEncryptor.WriteLiteralHeader(before, data.Length);
        using var after = new OctetWriter();
        after.Packet(PacketTag.Signature, new SignatureBuilder(SignatureType.Binary, key, now).SignData(data));
        return MessageEncryptor.Encrypt(before.Written, data, after.Written, recipients, now, armor);
    }

    /// <summary>An armored detached signature over exactly <paramref name="data"/>; the name for the <c>micalg</c> parameter is <c>pgp-sha512</c>.</summary>
    /// <exception cref="UnusableKeyException">The signer has no key to sign with.</exception>
    public static string SignDetached(ReadOnlySpan<byte> data, OpenPgpSecretKey signer, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(signer);
        using var packet = new OctetWriter();
        packet.Packet(PacketTag.Signature, new SignatureBuilder(SignatureType.Binary, signer.SigningPart(now), now).SignData(data));
        return Encoding.ASCII.GetString(Armor.Encode(Armor.Signature, packet.Written));
    }
}
