using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>
/// Documents of a sealed account on the wire (security.md A4): <c>{"raw": "…"}</c> around
/// <c>13 37 | 01 | 04 | epoch u32be | nonce 12 ‖ ciphertext ‖ tag</c>. AES-256-GCM with one key per epoch and document; the associated
/// data is header, account, wire id and revision, so that nothing can be moved to another place. A deletion is an envelope, too.
/// </summary>
/// <param name="keyset">The account's keys at first, see <see cref="Use"/>; borrowed, must live as long as the codec is used.</param>
/// <param name="user">The account.</param>
/// <param name="device">This device, written into what it encodes.</param>
public sealed class SealedCodec(Keyset keyset, UserId user, DeviceId device) : IDocumentCodec
{
    /// <summary>Largest JSON of one document, in octets; together with padding and base64 it stays below the line limit of the sync stream.</summary>
    public const int MaxJsonOctets = 40 * 1024 * 1024;

    private const int WireIdCharacters = 32;
    private const int HeaderOctets = SealedHeader.Octets;
    private const int TagOctets = SealedHeader.TagOctets;
    private const int MaxRevOctets = ushort.MaxValue;

    private volatile Keyset _keyset = keyset;

    /// <summary>Later keys of the account are in use: what was put aside for an unknown epoch may open now.</summary>
    public event Action? KeysetChanged;

    /// <summary>A document came under an epoch that this device does not know: the key record at the provider may tell.</summary>
    public event Action<uint>? UnknownEpoch;

    /// <summary>Uses later keys from now on. The id key must be the same.</summary>
    /// <param name="later">The keys; borrowed, as the first ones are.</param>
    public void Use(Keyset later)
    {
        ArgumentNullException.ThrowIfNull(later);
        _keyset = later.IdKey.FixedTimeEquals(_keyset.IdKey.Span) ? later : throw new ArgumentException("The id key of an account never changes.", nameof(later));
        KeysetChanged?.Invoke();
    }

    /// <inheritdoc/>
    public string Readable => $"{SealedPlaintext.Version}/{string.Join(',', _keyset.Epochs.Select(static epoch => epoch.Number))}";

    /// <inheritdoc/>
    public string WireId(string trueId)
    {
        Span<byte> mac = stackalloc byte[32];
        HMACSHA256.HashData(_keyset.IdKey.Span, Encoding.UTF8.GetBytes(trueId), mac);
        return Convert.ToHexStringLower(mac[..(WireIdCharacters / 2)]);
    }

    /// <inheritdoc/>
    public WireDocument Encode(Document document, ulong seq) => Encode(document, new DocumentOrigin(device, seq));

    /// <inheritdoc/>
    public WireDocument Encode(Document document, DocumentOrigin origin)
    {
        ArgumentNullException.ThrowIfNull(document);
        var wireId = WireId(document.Id);
        var plaintext = new SealedPlaintext(origin, document.Id, document.Json).Write(MaxJsonOctets);
        var epoch = _keyset.NewestEpoch;

        var envelope = new byte[HeaderOctets + plaintext.Length + TagOctets];
        var nonce = RandomNumberGenerator.GetBytes(SealedHeader.NonceOctets);
        var header = new SealedHeader(epoch.Number, nonce).ToBytes();
        header.CopyTo(envelope, 0);
        using (var aes = Cipher(epoch, wireId))
        {
            aes.Encrypt(nonce, plaintext, envelope.AsSpan(HeaderOctets, plaintext.Length), envelope.AsSpan(^TagOctets..), Bound(header, wireId, document.Rev));
        }

        CryptographicOperations.ZeroMemory(plaintext);
        return new WireDocument(wireId, document.Rev, SealedText.Wrap(envelope));
    }

    /// <inheritdoc/>
    public DecodeAnswer Decode(WireDocument wire)
    {
        ArgumentNullException.ThrowIfNull(wire);
        if (wire.WireId.Length != WireIdCharacters || !wire.WireId.All(char.IsAsciiHexDigitLower))
        {
            return new DecodeAnswer.Refused("not an id of a sealed account");
        }

        if (wire.Content is null)
        {
            return new DecodeAnswer.Refused("a bare deletion: anybody could have written it");
        }

        if (SealedText.Unwrap(wire.Content) is not { } envelope)
        {
            return new DecodeAnswer.Refused("not encrypted: anybody could have written it");
        }

        if (!SealedHeader.TryParse(envelope, out var header) || envelope.Length < HeaderOctets + TagOctets)
        {
            return new DecodeAnswer.Refused(Unknown(envelope));
        }

        if (_keyset.FindEpoch(header!.Epoch) is not { } epoch)
        {
            UnknownEpoch?.Invoke(header.Epoch);
            return new DecodeAnswer.Refused($"key epoch {header.Epoch} is unknown to this device");
        }

        return Encoding.UTF8.GetByteCount(wire.Rev) > MaxRevOctets ? new DecodeAnswer.Refused("the revision is too long") : Open(wire, envelope, epoch);
    }

    private static string Unknown(ReadOnlySpan<byte> envelope)
        => envelope is [SealedHeader.Magic0, SealedHeader.Magic1, SealedHeader.SchemeSymmetric, not SealedHeader.MethodSealed and var method, ..]
            ? $"encryption method {method} has no place in a sealed account"
            : "no sealed envelope";

    private DecodeAnswer.Refused? Decrypt(WireDocument wire, byte[] envelope, KeyEpoch epoch, byte[] plaintext)
    {
        var header = envelope.AsSpan(0, HeaderOctets);
        using var aes = Cipher(epoch, wire.WireId);
        try
        {
            aes.Decrypt(header[^SealedHeader.NonceOctets..], envelope.AsSpan(HeaderOctets, plaintext.Length), envelope.AsSpan(^TagOctets..), plaintext, Bound(header, wire.WireId, wire.Rev));
            return null;
        }
        catch (AuthenticationTagMismatchException)
        {
            return new DecodeAnswer.Refused("not authentic: altered, or of another document, revision or account");
        }
    }

    private DecodeAnswer Open(WireDocument wire, byte[] envelope, KeyEpoch epoch)
    {
        var plaintext = new byte[envelope.Length - HeaderOctets - TagOctets];
        if (Decrypt(wire, envelope, epoch, plaintext) is { } refused)
        {
            return refused;
        }

        var fault = SealedPlaintext.TryRead(plaintext, out var content);
        CryptographicOperations.ZeroMemory(plaintext);
        if (fault is not null)
        {
            return new DecodeAnswer.Refused(fault);
        }

        if (WireId(content.TrueId) != wire.WireId)
        {
            return new DecodeAnswer.Refused("the id inside belongs to another document");
        }

        var document = new Document(content.TrueId, wire.Rev, content.Json);
        return content.Json is null ? new DecodeAnswer.Delete(document, content.Origin) : new DecodeAnswer.Put(document, content.Origin);
    }

    private static AesGcm Cipher(KeyEpoch epoch, string wireId)
    {
        Span<byte> key = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, epoch.Key.Span, key, salt: default, info: Encoding.UTF8.GetBytes("doc" + wireId));
        var aes = new AesGcm(key, TagOctets);
        CryptographicOperations.ZeroMemory(key);
        return aes;
    }

    private byte[] Bound(ReadOnlySpan<byte> header, string wireId, string rev)
        => new AssociatedData().Add(header).Add(user.Value).Add(wireId).Add(rev).ToArray();
}
