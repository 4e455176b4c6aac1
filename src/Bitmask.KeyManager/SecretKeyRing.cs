using System.Security.Cryptography;
using System.Text;
using Bitmask.Keys.Documents;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;

namespace Bitmask.Keys;

/// <summary>Secret keys that were read, by the text they were read from; wiped together at the end.</summary>
internal sealed class SecretKeyRing : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, OpenPgpSecretKey> _keys = [];
    private bool _disposed;

    /// <summary>Null when the document holds no key that can be read.</summary>
    public OpenPgpSecretKey? Get(KeyDocument document)
    {
        var octets = Encoding.UTF8.GetBytes(document.KeyData);
        try
        {
            // By content, so that a newer copy is read anew and the older one, which may be in use, lives on.
            var name = Convert.ToHexString(SHA256.HashData(octets));
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                return _keys.TryGetValue(name, out var known) ? known : _keys[name] = OpenPgpSecretKey.Parse(octets);
            }
        }
        catch (OpenPgpFormatException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var key in _keys.Values)
            {
                key.Dispose();
            }

            _keys.Clear();
        }
    }
}
