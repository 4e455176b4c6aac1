using System.Security.Cryptography;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Verify;

/// <summary>
/// The hashes that run over signed data while it passes. Which are needed stands before the data: in one-pass packets, or in signatures that
/// stand there themselves (RFC 9580 §5.4, §10.3).
/// </summary>
internal sealed class DataHashes : IDisposable
{
    private readonly Dictionary<(HashId Hash, bool IsText, string Salt), Running> _running = [];

    /// <summary>Makes the hash for a signature of these; one that is not known here is left out, its signature counts for nothing.</summary>
    public void Announce(HashId hash, SignatureType type, ReadOnlySpan<byte> salt)
    {
        var key = Key(hash, type, salt);
        if (Algorithms.Name(hash) is { } name && !_running.ContainsKey(key))
        {
            _running.Add(key, new Running(new HashWorker(name), key.IsText));
            _running[key].Hash.Append(salt);
        }
    }

    /// <summary>Takes data that the caller may change as soon as this returns.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        foreach (var running in _running.Values)
        {
            running.Append(data);
        }
    }

    /// <summary>Takes data where it is: it must stay as it is until any other method here was called.</summary>
    public void AppendInPlace(ReadOnlyMemory<byte> data)
    {
        foreach (var running in _running.Values)
        {
            running.AppendInPlace(data);
        }
    }

    /// <summary>A copy of the hash over all of the data; null when none was announced. The caller disposes it.</summary>
    public IncrementalHash? Find(HashId hash, SignatureType type, ReadOnlySpan<byte> salt)
        => _running.TryGetValue(Key(hash, type, salt), out var running) ? running.Hash.Clone() : null;

    public void Dispose()
    {
        foreach (var running in _running.Values)
        {
            running.Hash.Dispose();
        }
    }

    private static (HashId Hash, bool IsText, string Salt) Key(HashId hash, SignatureType type, ReadOnlySpan<byte> salt)
        => (hash, type == SignatureType.Text, Convert.ToHexString(salt));

    private sealed class Running(HashWorker hash, bool isText)
    {
        private readonly CanonicalText _text = new();

        public HashWorker Hash => hash;

        public void Append(ReadOnlySpan<byte> data)
        {
            if (isText)
            {
                _text.Append(hash, data);
            }
            else
            {
                hash.Append(data);
            }
        }

        public void AppendInPlace(ReadOnlyMemory<byte> data)
        {
            if (isText)
            {
                _text.Append(hash, data.Span);
            }
            else
            {
                hash.AppendInPlace(data);
            }
        }
    }
}
