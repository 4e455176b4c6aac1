using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bitmask.Primitives;

namespace Bitmask.Provider.Relay;

/// <summary>One recipient of a queued mail.</summary>
internal sealed record QueuedAddress(string Address, string? Notify, string? OriginalRecipient);

/// <summary>What is sealed beside a queued mail, because it names people.</summary>
internal sealed record QueuedEnvelope(string ReversePath, string? EnvelopeId, IReadOnlyList<QueuedAddress> Recipients);

/// <summary>A mail in the queue: AES-256-GCM under the key of its day, bound to its account and id.</summary>
internal sealed record QueuedMail(QueuedEnvelope Envelope, ReadOnlyMemory<byte> Message)
{
    private const int NonceOctets = 12;
    private const int TagOctets = 16;

    public byte[] Seal(byte[] key, UserId account, string id)
    {
        var envelope = JsonSerializer.SerializeToUtf8Bytes(Envelope, QueueJson.Default.QueuedEnvelope);
        var plain = new byte[4 + envelope.Length + Message.Length];
        BinaryPrimitives.WriteInt32BigEndian(plain, envelope.Length);
        envelope.CopyTo(plain, 4);
        Message.Span.CopyTo(plain.AsSpan(4 + envelope.Length));

        var result = new byte[NonceOctets + plain.Length + TagOctets];
        RandomNumberGenerator.Fill(result.AsSpan(0, NonceOctets));
        using var aes = new AesGcm(key, TagOctets);
        aes.Encrypt(result.AsSpan(0, NonceOctets), plain, result.AsSpan(NonceOctets, plain.Length), result.AsSpan(NonceOctets + plain.Length), Bound(account, id));
        CryptographicOperations.ZeroMemory(plain);
        return result;
    }

    /// <exception cref="CryptographicException">Another key, or damaged.</exception>
    public static QueuedMail Open(byte[] octets, byte[] key, UserId account, string id)
    {
        var plain = new byte[octets.Length - NonceOctets - TagOctets];
        using var aes = new AesGcm(key, TagOctets);
        aes.Decrypt(octets.AsSpan(0, NonceOctets), octets.AsSpan(NonceOctets, plain.Length), octets.AsSpan(NonceOctets + plain.Length), plain, Bound(account, id));
        var length = BinaryPrimitives.ReadInt32BigEndian(plain);
        var envelope = JsonSerializer.Deserialize(plain.AsSpan(4, length), QueueJson.Default.QueuedEnvelope)!;
        return new QueuedMail(envelope, plain.AsMemory(4 + length));
    }

    private static byte[] Bound(UserId account, string id) => Encoding.ASCII.GetBytes($"bitmask/queue/1\0{account.Value}\0{id}");
}

[JsonSerializable(typeof(QueuedEnvelope))]
internal sealed partial class QueueJson : JsonSerializerContext;
