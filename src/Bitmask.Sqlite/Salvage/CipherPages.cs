using System.Buffers.Binary;
using System.Security.Cryptography;
using Bitmask.Primitives;
using Microsoft.Win32.SafeHandles;

namespace Bitmask.Sqlite;

/// <summary>
/// The pages of a damaged database, decrypted one by one as SQLCipher 4 writes them: AES-256-CBC, then HMAC-SHA512 over ciphertext, IV and page number. SQLCipher itself gives up at the
/// first page that is not authentic; here every page stands for itself. A page is whole and was written by us, or it is not there.
/// </summary>
internal sealed class CipherPages : IDisposable
{
    public const int PageOctets = 4096;

    /// <summary>What SQLite may use of a page.</summary>
    public const int UsableOctets = PageOctets - IvOctets - MacOctets;

    private const int IvOctets = 16;
    private const int MacOctets = 64;
    private const int MacRounds = 2;
    private const int CountPlace = 28;
    private const byte MacSaltMask = 0x3a;

    private readonly SafeFileHandle _file;
    private readonly LogPages? _log;
    private readonly Aes _cipher;
    private readonly byte[] _macKey = GC.AllocateArray<byte>(Database.KeyOctets, pinned: true);
    private readonly byte[] _stored = new byte[PageOctets];

    private CipherPages(string path, SecretBytes key)
    {
        _file = NativeFile.OpenToRead(path);
        _log = LogPages.TryOpen(path);
        Count = Math.Max(_log?.PageCount ?? 0, (uint)Math.Min(RandomAccess.GetLength(_file) / PageOctets, uint.MaxValue - 1));
        _cipher = Aes.Create();
        _cipher.SetKey(key.Span);
    }

    /// <summary>Pages there should be, from 1 on: by the first page, for the file may have been cut short.</summary>
    public uint Count { get; private set; }

    /// <summary>Opens a file; null when no page of it is authentic under this key: the key is another one, or what it was made with is lost.</summary>
    public static CipherPages? TryOpen(string path, SecretBytes key)
    {
        var pages = new CipherPages(path, key);
        foreach (var salt in SaltCopy.Candidates(path))
        {
            pages.UseSalt(key, salt);
            for (var page = 1U; page <= pages.Count; page++)
            {
                if (pages.Read(page) is { } octets)
                {
                    pages.Count = Math.Max(pages.Count, page == 1 ? BinaryPrimitives.ReadUInt32BigEndian(octets.AsSpan(CountPlace)) : 0);
                    return pages;
                }
            }
        }

        pages.Dispose();
        return null;
    }

    /// <summary>A page in clear, of <see cref="UsableOctets"/>; null when it is not authentic.</summary>
    public byte[]? Read(uint page)
    {
        if (page == 0 || page > Count || !TryReadStored(page))
        {
            return null;
        }

        var skipped = page == 1 ? SaltCopy.Octets : 0;
        Span<byte> mac = stackalloc byte[MacOctets];
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(number, page);
        using (var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA512, _macKey))
        {
            hash.AppendData(_stored.AsSpan(skipped, UsableOctets + IvOctets - skipped));
            hash.AppendData(number);
            hash.GetHashAndReset(mac);
        }

        if (!CryptographicOperations.FixedTimeEquals(mac, _stored.AsSpan(PageOctets - MacOctets)))
        {
            return null;
        }

        var clear = new byte[UsableOctets];
        _cipher.DecryptCbc(_stored.AsSpan(skipped, UsableOctets - skipped), _stored.AsSpan(UsableOctets, IvOctets), clear.AsSpan(skipped), PaddingMode.None);
        return clear;
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_macKey);
        _cipher.Dispose();
        _log?.Dispose();
        _file.Dispose();
    }

    private bool TryReadStored(uint page)
        => _log?.TryRead(page, _stored) == true || RandomAccess.Read(_file, _stored, (long)(page - 1) * PageOctets) == PageOctets;

    private void UseSalt(SecretBytes key, byte[] salt)
    {
        Span<byte> masked = stackalloc byte[SaltCopy.Octets];
        for (var i = 0; i < masked.Length; i++)
        {
            masked[i] = (byte)(salt[i] ^ MacSaltMask);
        }

        Rfc2898DeriveBytes.Pbkdf2(key.Span, masked, _macKey, MacRounds, HashAlgorithmName.SHA512);
    }
}
