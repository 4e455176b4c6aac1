using System.Security.Cryptography;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Encrypt;

/// <summary>Encrypts packets as integrity protected data of version 1 (RFC 9580 §5.13.1): CFB, with a hash at the end.</summary>
internal sealed class MdcWriter : WriteStream
{
    public const int Version = 1;

    /// <summary>Two octets that were a packet header once, and the hash.</summary>
    public const int MdcOctets = 22;

    private const int RunOctets = 64 * 1024;

    private readonly PacketBodyWriter _body;
    private readonly BlockCipher _cipher;
    private readonly CfbEncryptor _cfb;
    private readonly HashWorker _hash;
    private readonly PooledOctets _run = new(RunOctets);
    private int _length;

    public MdcWriter(Stream output, Cipher cipher, ReadOnlySpan<byte> sessionKey)
    {
        _body = new PacketBodyWriter(output, PacketTag.IntegrityProtected);
        _cipher = BlockCipher.Create(cipher, sessionKey);
        _cfb = new CfbEncryptor(_cipher, new byte[_cipher.BlockOctets]);
        // The code is SHA-1 by definition; it is encrypted, and only second preimages matter (RFC 9580 §5.13.1).
        _hash = new HashWorker(HashAlgorithmName.SHA1);
        Span<byte> prefix = stackalloc byte[_cipher.BlockOctets + 2];
        RandomNumberGenerator.Fill(prefix[..^2]);
        prefix[^4..^2].CopyTo(prefix[^2..]);
        _body.Write([Version]);
        Write(prefix);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var taken = buffer[..Math.Min(buffer.Length, RunOctets - _length)];
            taken.CopyTo(_run.Span[_length..]);
            _length += taken.Length;
            buffer = buffer[taken.Length..];
            if (_length == RunOctets)
            {
                _hash.Append(_run.Span);
                Encrypt();
            }
        }
    }

    public override void Complete()
    {
        Span<byte> mdc = stackalloc byte[MdcOctets];
        (mdc[0], mdc[1]) = (0xD3, 0x14);
        _hash.Append(_run.Span[.._length]);
        _hash.Append(mdc[..2]);
        _hash.Finish(mdc[2..]);
        var rest = mdc[..Math.Min(MdcOctets, RunOctets - _length)];
        rest.CopyTo(_run.Span[_length..]);
        _length += rest.Length;
        if (rest.Length < MdcOctets)
        {
            Encrypt();
            mdc[rest.Length..].CopyTo(_run.Span);
            _length = MdcOctets - rest.Length;
        }

        Encrypt();
        _body.Complete();
    }

    protected override void Dispose(bool disposing)
    {
        _run.Dispose();
        _hash.Dispose();
        _cfb.Dispose();
        _cipher.Dispose();
        _body.Dispose();
        base.Dispose(disposing);
    }

    private void Encrypt()
    {
        var run = _run.Span[.._length];
        _cfb.Encrypt(run, run);
        _body.Write(run);
        _length = 0;
    }
}
