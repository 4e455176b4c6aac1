using Bitmask.OpenPgp.Symmetric;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret.Decrypt;

/// <summary>A session key, and the cipher it is for where the packet tells.</summary>
internal sealed record SessionKey(Cipher? Cipher, SecretBytes Key) : IDisposable
{
    public void Dispose() => Key.Dispose();

    /// <summary>Never the content.</summary>
    public override string ToString() => "(session key)";
}
