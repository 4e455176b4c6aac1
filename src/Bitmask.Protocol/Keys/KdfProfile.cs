using System.Security.Cryptography;

namespace Bitmask.Protocol.Keys;

/// <summary>
/// A named cost of deriving a key from a passphrase (security.md A2). New numbers get a new name; a provider can choose among the names
/// known here and none of them is weak, so it can not talk a client into a cheap derivation.
/// </summary>
public sealed class KdfProfile
{
    /// <summary>Octets of salt.</summary>
    public const int SaltOctets = 16;

    private KdfProfile(string name, int memoryKibibytes, int passes)
    {
        Name = name;
        MemoryKibibytes = memoryKibibytes;
        Passes = passes;
    }

    /// <summary>Argon2id (RFC 9106) with 128 MiB, 4 passes, 1 lane.</summary>
    public static KdfProfile A1 { get; } = new("a1", 128 * 1024, 4);

    /// <summary>Its name on the wire.</summary>
    public string Name { get; }

    /// <summary>Memory, in KiB.</summary>
    public int MemoryKibibytes { get; }

    /// <summary>Passes over the memory.</summary>
    public int Passes { get; }

    /// <summary>Finds a profile by name.</summary>
    /// <exception cref="KeysProtocolException">Not a profile known here, thus possibly a weak one.</exception>
    public static KdfProfile Find(string? name)
        => name == A1.Name ? A1 : throw new KeysProtocolException("Unknown key derivation profile; a newer program may know it.");

    /// <summary>A new random salt.</summary>
    public static byte[] NewSalt() => RandomNumberGenerator.GetBytes(SaltOctets);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
