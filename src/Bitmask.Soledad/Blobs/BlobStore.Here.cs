using System.Buffers;
using System.Security.Cryptography;

namespace Bitmask.Soledad;

/// <summary>Reading a blob that is here as a whole.</summary>
public sealed partial class BlobStore
{
    /// <summary>So many chunks of a file are read at a time.</summary>
    private const int ChunksAtOnce = 8;

    /// <summary>
    /// Reads a whole blob into memory, if all of it is here and authentic: with one look into the database, and each octet decrypted to where it is wanted. When it
    /// answers false, what is in <paramref name="into"/> counts for nothing, and <see cref="OpenRead"/> does what is to be done about it.
    /// </summary>
    /// <param name="blob">The blob.</param>
    /// <param name="into">Room for exactly its content.</param>
    /// <exception cref="ArgumentException">The room is of another size.</exception>
    public bool TryReadHere(BlobRef blob, Memory<byte> into)
    {
        ArgumentNullException.ThrowIfNull(blob);
        if (into.Length != blob.Size)
        {
            throw new ArgumentException("The room is not of the blob's size.", nameof(into));
        }

        using var opener = new WholeBlob(blob, into);
        var row = _database.Read(tx =>
        {
            var found = Find(tx, "", blob.Name);
            if (found is not { IsWhole: true } || found.Size != SealedBlob.StoredSize(blob.Size))
            {
                return null;
            }

            if (found.File is null)
            {
                var start = found.Id << BlobSchema.ChunkBits;
                tx.Scan("SELECT octets FROM chunk WHERE id >= ?1 AND id < ?2 ORDER BY id", chunk => opener.TryOpenNext(chunk.GetSpan(0)), start, start + found.Chunks);
            }

            return found;
        });
        if (row is null || (row.File is { } name && !TryReadFile(name, opener)))
        {
            return false;
        }

        Touch(row);
        return opener.IsComplete;
    }

    private bool TryReadFile(string name, WholeBlob opener)
    {
        using var file = _files.OpenToRead(name);
        if (file is null)
        {
            return false; // dropped meanwhile
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(opener.Chunks, ChunksAtOnce) * SealedBlob.StoredChunkOctets);
        try
        {
            while (!opener.IsComplete)
            {
                var room = (int)Math.Min(opener.Chunks - opener.Next, ChunksAtOnce) * SealedBlob.StoredChunkOctets;
                var stored = buffer.AsSpan(0, BlobFiles.Read(file, buffer.AsSpan(0, room), BlobFiles.Place(opener.Next)));
                if (stored.IsEmpty)
                {
                    return false;
                }

                for (; !stored.IsEmpty; stored = stored[Math.Min(stored.Length, SealedBlob.StoredChunkOctets)..])
                {
                    if (!opener.TryOpenNext(stored[..Math.Min(stored.Length, SealedBlob.StoredChunkOctets)]))
                    {
                        return opener.IsComplete;
                    }
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer); // ciphertext
        }
    }

    /// <summary>Opens the chunks of one blob in their order, each to its place.</summary>
    private sealed class WholeBlob : IDisposable
    {
        private readonly BlobRef _blob;
        private readonly Memory<byte> _into;
        private readonly BlobCipher _cipher;

        public WholeBlob(BlobRef blob, Memory<byte> into)
        {
            (_blob, _into, Chunks) = (blob, into, SealedBlob.ChunkCount(blob.Size));
            _cipher = SealedBlob.Cipher(blob.Key, blob.Name, "");
        }

        public long Chunks { get; }

        /// <summary>The chunk to be opened next.</summary>
        public long Next { get; private set; }

        /// <summary>All that has content was opened; chunks of nothing but padding are not looked at by any reader.</summary>
        public bool IsComplete => Next * SealedBlob.ChunkOctets >= _blob.Size;

        /// <summary>False when the chunk is not the next one, or when none is wanted any more.</summary>
        public bool TryOpenNext(ReadOnlySpan<byte> stored)
        {
            if (IsComplete || stored.Length != SealedBlob.ChunkLength(_blob.Size, Next))
            {
                return false;
            }

            var place = _into.Span[(int)(Next * SealedBlob.ChunkOctets)..];
            var octets = stored.Length - SealedBlob.TagOctets;
            var isOpen = octets <= place.Length ? _cipher.TryOpen(Next, Next == Chunks - 1, stored, place) : TryOpenPadded(stored, octets, place);
            Next += isOpen ? 1 : 0;
            return isOpen;
        }

        public void Dispose() => _cipher.Dispose();

        private bool TryOpenPadded(ReadOnlySpan<byte> stored, int octets, Span<byte> place)
        {
            var content = ArrayPool<byte>.Shared.Rent(octets);
            try
            {
                if (!_cipher.TryOpen(Next, Next == Chunks - 1, stored, content) || content.AsSpan(place.Length, octets - place.Length).ContainsAnyExcept((byte)0))
                {
                    return false;
                }

                content.AsSpan(0, place.Length).CopyTo(place);
                return true;
            }
            finally
            {
                CryptographicOperations.ZeroMemory(content);
                ArrayPool<byte>.Shared.Return(content);
            }
        }
    }
}
