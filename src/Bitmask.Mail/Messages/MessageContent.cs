using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Bitmask.Soledad;

namespace Bitmask.Mail;

/// <summary>
/// The octets of one message, opened for reading. What documents hold is at hand; what blobs hold is read as it is asked for, in constant memory, and
/// fetched when it is not here. Any range can be read, and costs what it touches: a text beside a missing attachment can be read without it.
/// </summary>
/// <remarks>Every octet is authenticated before it is handed on. The SHA-256 of the message is checked by <see cref="CheckAsync"/> over all of it.</remarks>
public sealed class MessageContent
{
    private const int BufferOctets = SealedBlob.ChunkOctets;

    private readonly EntryId _entry;
    private readonly string _sha256;
    private readonly ReadOnlyMemory<byte>? _whole;
    private readonly List<MessagePiece> _pieces = [];

    /// <summary>A message that is here as a whole, and was checked.</summary>
    internal MessageContent(EntryId entry, ReadOnlyMemory<byte> whole) => (_entry, _whole, _sha256, Length) = (entry, whole, "", whole.Length);

    /// <summary>A message with blobs.</summary>
    /// <exception cref="MessageDamagedException">The head contradicts itself, or names what can not be read.</exception>
    internal MessageContent(EntryId entry, IMessageRecipe head, Func<string, PartDocument?> parts, BlobStore? blobs)
    {
        (_entry, _sha256) = (entry, head.Sha256);
        foreach (var item in head.Recipe)
        {
            var piece = MessagePiece.Of(head, item, Length, parts, blobs) ?? throw Damaged("its recipe names octets that can not be read here.");
            _pieces.Add(piece);
            Length += piece.Length;
        }

        if (Length != head.Size)
        {
            throw Damaged("its pieces are not as long as it is.");
        }
    }

    /// <summary>Octets of the message.</summary>
    public long Length { get; }

    /// <summary>The message, when it is here as a whole without a blob and was checked; null when it is to be read by ranges.</summary>
    public ReadOnlyMemory<byte>? Whole => _whole;

    /// <summary>
    /// Reads a range and lets it go: afterwards it is here, and proved to be what was filed. To be called before the first octet is handed to somebody who
    /// could not be told of a failure any more.
    /// </summary>
    /// <exception cref="MessageUnavailableException">A part is not here and could not be fetched; other messages are not affected.</exception>
    /// <exception cref="MessageDamagedException">The octets are not those that were filed.</exception>
    public async Task CheckAsync(long start, long end, CancellationToken cancellationToken = default)
    {
        if (_whole is not null)
        {
            return;
        }

        using var hash = start <= 0 && end >= Length ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        foreach (var (piece, from, to) in Touched(start, end))
        {
            using var own = piece.Sha256 is not null && from == 0 && to == piece.Length ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
            await foreach (var octets in ReadAsync(piece, from, to, cancellationToken).ConfigureAwait(false))
            {
                hash?.AppendData(octets.Span);
                own?.AppendData(octets.Span);
            }

            Verify(own, piece.Sha256, "the SHA-256 of a part differs.");
        }

        Verify(hash, _sha256, "its SHA-256 differs.");
    }

    /// <summary>Reads a range, at most 64 KiB at a time; a piece is valid until the next one is asked for.</summary>
    /// <exception cref="MessageUnavailableException">A part is not here and could not be fetched.</exception>
    /// <exception cref="MessageDamagedException">The octets are not those that were filed.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(long start, long end, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (_whole is { } whole)
        {
            var first = (int)Math.Clamp(start, 0, Length);
            yield return whole[first..(int)Math.Clamp(end, first, Length)];
            yield break;
        }

        foreach (var (piece, from, to) in Touched(start, end))
        {
            await foreach (var octets in ReadAsync(piece, from, to, cancellationToken).ConfigureAwait(false))
            {
                yield return octets;
            }
        }
    }

    /// <summary>Reads a range into memory.</summary>
    /// <inheritdoc cref="ReadAsync(long, long, CancellationToken)" path="/exception"/>
    public async Task<ReadOnlyMemory<byte>> ReadAllAsync(long start, long end, CancellationToken cancellationToken = default)
    {
        if (_whole is { } whole)
        {
            var first = (int)Math.Clamp(start, 0, Length);
            return whole[first..(int)Math.Clamp(end, first, Length)];
        }

        var all = new byte[Octets(start, end)];
        var at = 0;
        await foreach (var octets in ReadAsync(start, end, cancellationToken).ConfigureAwait(false))
        {
            octets.Span.CopyTo(all.AsSpan(at));
            at += octets.Length;
        }

        return all;
    }

    /// <summary>Reads a range into memory that is the caller's and proves, as <see cref="CheckAsync"/> does, that it is what was filed; each octet is read once.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="into">Where the octets go; its length is the range's.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <inheritdoc cref="CheckAsync" path="/exception"/>
    public async ValueTask ReadCheckedAsync(long start, Memory<byte> into, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + into.Length, Length);
        if (_whole is { } whole)
        {
            whole.Slice((int)start, into.Length).CopyTo(into);
            return;
        }

        var isWhole = into.Length == Length;
        var rest = into;
        foreach (var (piece, from, to) in Touched(start, start + into.Length))
        {
            var octets = rest[..(int)(to - from)];
            rest = rest[octets.Length..];
            if (InDocument(piece) is { } here)
            {
                here[(int)from..(int)to].CopyTo(octets);
            }
            else if (octets.Length != piece.Length || !piece.TryReadHere(octets))
            {
                var stream = piece.Open(from, isHere: false);
                await using (stream.ConfigureAwait(false))
                {
                    await FillAsync(stream, octets, cancellationToken).ConfigureAwait(false);
                }
            }

            if (!isWhole && piece.Sha256 is { } expected && octets.Length == piece.Length && MessageSplitter.Digest(octets.Span) != expected)
            {
                throw Damaged("the SHA-256 of a part differs.");
            }
        }

        if (isWhole && MessageSplitter.Digest(into.Span) != _sha256)
        {
            throw Damaged("its SHA-256 differs.");
        }
    }

    /// <summary>Reads a range into memory without waiting for anybody: only what is here.</summary>
    /// <exception cref="MessageUnavailableException">A part is not here.</exception>
    /// <exception cref="MessageDamagedException">The octets are not those that were filed.</exception>
    public ReadOnlyMemory<byte> ReadHere(long start, long end)
    {
        if (_whole is { } whole)
        {
            var first = (int)Math.Clamp(start, 0, Length);
            return whole[first..(int)Math.Clamp(end, first, Length)];
        }

        start = Math.Max(start, 0);
        var all = new byte[Octets(start, end)];
        var at = 0;
        using var hash = all.Length == Length ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        foreach (var (piece, from, to) in Touched(start, end))
        {
            var octets = all.AsSpan(at, (int)(to - from));
            ReadHere(piece, from, octets);
            at += octets.Length;
        }

        hash?.AppendData(all);
        Verify(hash, _sha256, "its SHA-256 differs.");
        return all;
    }

    private void ReadHere(MessagePiece piece, long from, Span<byte> octets)
    {
        try
        {
            using var stream = piece.Open(from, isHere: true);
            stream.ReadExactly(octets);
        }
        catch (Exception e) when (e is SoledadException or EndOfStreamException or InvalidDataException)
        {
            throw Translate(e);
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(MessagePiece piece, long from, long to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (InDocument(piece) is { } here)
        {
            yield return here[(int)from..(int)to];
            yield break;
        }

        var buffer = new byte[(int)Math.Min(BufferOctets, to - from)];
        var stream = piece.Open(from, isHere: false);
        await using (stream.ConfigureAwait(false))
        {
            while (from < to)
            {
                var read = await FillAsync(stream, buffer.AsMemory(0, (int)Math.Min(buffer.Length, to - from)), cancellationToken).ConfigureAwait(false);
                from += read;
                yield return buffer.AsMemory(0, read);
            }
        }
    }

    private async ValueTask<int> FillAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await stream.ReadExactlyAsync(buffer, cancellationToken).ConfigureAwait(false);
            return buffer.Length;
        }
        catch (Exception e) when (e is SoledadException or EndOfStreamException)
        {
            throw Translate(e);
        }
    }

    private ReadOnlyMemory<byte>? InDocument(MessagePiece piece)
    {
        try
        {
            return piece.Octets();
        }
        catch (InvalidDataException e)
        {
            throw Translate(e);
        }
    }

    private IOException Translate(Exception failure) => failure switch
    {
        SoledadException e => new MessageUnavailableException(_entry, e),
        InvalidDataException e => new MessageDamagedException(_entry, e.Message),
        _ => Damaged("a part is shorter than it was."),
    };

    private IEnumerable<(MessagePiece Piece, long From, long To)> Touched(long start, long end)
        => _pieces.Where(piece => piece.Start < end && piece.Start + piece.Length > start)
            .Select(piece => (piece, Math.Max(0, start - piece.Start), Math.Min(piece.Length, end - piece.Start)));

    private int Octets(long start, long end) => Math.Max(0, Math.Min(end, Length) - Math.Max(0, start)) is var octets && octets <= Array.MaxLength ? (int)octets : throw Damaged("it is too large to be read at once.");

    private void Verify(IncrementalHash? hash, string? expected, string damage)
    {
        if (hash is not null && Convert.ToHexStringLower(hash.GetHashAndReset()) != expected)
        {
            throw Damaged(damage);
        }
    }

    private MessageDamagedException Damaged(string reason) => new(_entry, reason);
}
