using Bitmask.OpenPgp.Packets;

namespace Bitmask.OpenPgp.Secret.Decrypt;

/// <summary>
/// Decrypts integrity protected data while it is read. What comes out is not proven before <see cref="Verify"/> says so, and must not leave
/// this library before.
/// </summary>
internal abstract class ProtectedStream : ReadStream
{
    /// <summary>Reads what nobody read, and tells whether all of it is as it was written.</summary>
    public bool Verify()
    {
        var nowhere = new byte[4 * 1024];
        while (Read(nowhere) > 0)
        {
        }

        System.Security.Cryptography.CryptographicOperations.ZeroMemory(nowhere);
        return IsIntact;
    }

    /// <summary>Whether the data was read to its end and proves itself.</summary>
    protected abstract bool IsIntact { get; }
}
