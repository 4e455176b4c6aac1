using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;

namespace Bitmask.OpenPgp.Symmetric;

/// <summary>The ciphers that the platform does not have; only ever to read what others wrote.</summary>
internal sealed class ManagedBlockCipher : BlockCipher
{
    private readonly IBlockCipher _forward;
    private readonly IBlockCipher _back;

    public ManagedBlockCipher(Func<IBlockCipher> make, ReadOnlySpan<byte> key)
        : this(make())
    {
        var parameter = new KeyParameter(key);
        _forward.Init(forEncryption: true, parameter);
        _back = make();
        _back.Init(forEncryption: false, parameter);
    }

    private ManagedBlockCipher(IBlockCipher forward)
        : base(forward.GetBlockSize())
    {
        (_forward, _back) = (forward, forward);
    }

    public override void Encrypt(ReadOnlySpan<byte> blocks, Span<byte> into) => Process(_forward, blocks, into);

    public override void Decrypt(ReadOnlySpan<byte> blocks, Span<byte> into) => Process(_back, blocks, into);

    public override void EncryptCfb(ReadOnlySpan<byte> blocks, ReadOnlySpan<byte> before, Span<byte> into)
    {
        Span<byte> mask = stackalloc byte[BlockOctets];
        for (var at = 0; at < blocks.Length; at += BlockOctets)
        {
            var block = into.Slice(at, BlockOctets);
            _forward.ProcessBlock(before, mask);
            Octets.Xor(blocks.Slice(at, BlockOctets), mask, block);
            before = block;
        }
    }

    public override void Chain(ReadOnlySpan<byte> blocks, Span<byte> state)
    {
        for (var at = 0; at < blocks.Length; at += BlockOctets)
        {
            Octets.Xor(blocks.Slice(at, BlockOctets), state, state);
            _forward.ProcessBlock(state, state);
        }
    }

    public override void Dispose()
    {
        // The engines have nothing that can be wiped.
    }

    private void Process(IBlockCipher cipher, ReadOnlySpan<byte> blocks, Span<byte> into)
    {
        // The engines do not promise that they may write over what they read.
        Span<byte> block = stackalloc byte[BlockOctets];
        for (var at = 0; at < blocks.Length; at += BlockOctets)
        {
            blocks.Slice(at, BlockOctets).CopyTo(block);
            cipher.ProcessBlock(block, into[at..]);
        }

        CryptographicOperations.ZeroMemory(block);
    }
}
