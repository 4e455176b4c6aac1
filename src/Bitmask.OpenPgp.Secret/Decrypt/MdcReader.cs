using System.Security.Cryptography;
using Bitmask.OpenPgp.Encrypt;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Secret.Decrypt;

/// <summary>Decrypts integrity protected data of version 1 (RFC 9580 §5.13.1).</summary>
internal sealed class MdcReader : ProtectedStream
{
    private const int BufferOctets = 128 * 1024;

    // Whole blocks, and room in front of them for the octets that wait.
    private const int RunOctets = BufferOctets - 32;

    private readonly Stream _body;
    private readonly BlockCipher _cipher;
    private readonly CfbDecryptor _cfb;
    private readonly HashWorker _hash = new(HashAlgorithmName.SHA1);
    private readonly PooledOctets _cipherText = new(RunOctets);

    // The last octets read may be the code: they wait in front of the next run. Two, for one is hashed while the other is filled.
    private PooledOctets _plain = new(BufferOctets);
    private PooledOctets _other = new(BufferOctets);
    private int _prefix;
    private int _at;
    private int _end;
    private int _held;
    private bool _hasEnded;
    private bool _isIntact;

    /// <param name="body">The packet's body behind the version.</param>
    /// <param name="cipher">The session key's cipher.</param>
    /// <param name="sessionKey">The session key.</param>
    public MdcReader(Stream body, Cipher cipher, ReadOnlySpan<byte> sessionKey)
    {
        _body = body;
        _cipher = BlockCipher.Create(cipher, sessionKey);
        _cfb = new CfbDecryptor(_cipher, new byte[_cipher.BlockOctets]);
        // The repeated octets of the prefix are not looked at: telling a wrong one apart has been an oracle (RFC 9580 §13.4).
        _prefix = _cipher.BlockOctets + 2;
    }

    protected override bool IsIntact => _hasEnded && _isIntact;

    public override int Read(Span<byte> buffer)
    {
        while (_at == _end && !_hasEnded)
        {
            Fill();
        }

        var taken = Math.Min(buffer.Length, _end - _at);
        _plain.Span.Slice(_at, taken).CopyTo(buffer);
        _at += taken;
        return taken;
    }

    protected override void Dispose(bool disposing)
    {
        // It may still be reading what is wiped next.
        _hash.Dispose();
        _plain.Dispose();
        _other.Dispose();
        _cipherText.Dispose();
        _cfb.Dispose();
        _cipher.Dispose();
        base.Dispose(disposing);
    }

    private void Fill()
    {
        _plain.Span.Slice(_end, _held).CopyTo(_other.Span);
        (_plain, _other) = (_other, _plain);
        var read = _body.ReadAtLeast(_cipherText.Span, RunOctets, throwOnEndOfStream: false);
        _cfb.Decrypt(_cipherText.Span[..read], _plain.Span[_held..]);
        var all = _held + read;
        _held = Math.Min(all, MdcWriter.MdcOctets);
        (_at, _end) = (0, all - _held);
        _hash.AppendInPlace(_plain.Memory[.._end]);
        var skipped = Math.Min(_prefix, _end);
        (_at, _prefix) = (skipped, _prefix - skipped);
        if (read < RunOctets)
        {
            _hasEnded = true;
            _isIntact = _held == MdcWriter.MdcOctets && _prefix == 0 && IsCode(_plain.Span.Slice(_end, _held));
        }
    }

    private bool IsCode(ReadOnlySpan<byte> code)
    {
        Span<byte> expected = stackalloc byte[MdcWriter.MdcOctets];
        (expected[0], expected[1]) = (0xD3, 0x14);
        _hash.Append(expected[..2]);
        _hash.Finish(expected[2..]);
        return CryptographicOperations.FixedTimeEquals(expected, code);
    }
}
