using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Bitmask.Protocol.Bonafide;

/// <summary>The client's side of one hardened SRP-6a login. Use: send <see cref="PublicEphemeral"/>, <see cref="Prove"/>, <see cref="VerifyServer"/>.</summary>
public sealed class SrpClient
{
    private readonly SrpGroup _group;
    private readonly string _identity;
    private readonly string _password;
    private readonly BigInteger _secret;
    private readonly BigInteger _public;
    private readonly byte[] _binding;
    private byte[]? _key;
    private byte[]? _proof;

    /// <summary>Begins a login.</summary>
    /// <param name="group">The group; it comes from the account's mode, not from the server.</param>
    /// <param name="identity">The login name, without domain.</param>
    /// <param name="password">The SRP password.</param>
    /// <param name="binding">What both sides must see alike beside the password, see <see cref="SrpBinding"/>; nothing when empty.</param>
    public SrpClient(SrpGroup group, string identity, string password, ReadOnlySpan<byte> binding = default)
        : this(group, identity, password, SrpGroup.RandomExponent(), binding)
    {
    }

    internal SrpClient(SrpGroup group, string identity, string password, BigInteger secret, ReadOnlySpan<byte> binding = default)
    {
        ArgumentNullException.ThrowIfNull(group);
        (_group, _identity, _password, _secret, _binding) = (group, identity, password, secret, binding.ToArray());
        _public = BigInteger.ModPow(group.Generator, secret, group.Modulus);
    }

    /// <summary>A, padded to the length of N.</summary>
    public byte[] PublicEphemeral => _group.Pad(_public);

    /// <summary>The key both sides share, 32 octets; only after <see cref="Prove"/>.</summary>
    public byte[] SessionKey => _key ?? throw new InvalidOperationException("The proof comes first.");

    /// <summary>Answers the server's challenge with M1.</summary>
    /// <param name="salt">The SRP salt.</param>
    /// <param name="serverEphemeral">B.</param>
    /// <exception cref="SrpProtocolException">B is not acceptable.</exception>
    public byte[] Prove(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> serverEphemeral)
    {
        var b = _group.ReadEphemeral(serverEphemeral);
        var u = _group.Scramble(_public, b);
        if (u.IsZero)
        {
            throw new SrpProtocolException("The SRP scrambling parameter is zero.");
        }

        var x = SrpVerifier.PrivateKey(_identity, _password, salt);
        var shared = (b - (_group.Multiplier * _group.PowerOfSecret(x))) % _group.Modulus;
        if (shared.Sign < 0)
        {
            shared += _group.Modulus;
        }

        _key = SHA256.HashData(_group.Pad(BigInteger.ModPow(shared, _secret + (u * x), _group.Modulus)));
        return _proof = _group.ClientProof(Encoding.UTF8.GetBytes(_identity), salt, _public, b, _key, _binding);
    }

    /// <summary>Whether M2 shows that the server knows the verifier. When false, nothing it said may be believed.</summary>
    public bool VerifyServer(ReadOnlySpan<byte> serverProof)
        => _proof is not null && CryptographicOperations.FixedTimeEquals(_group.ServerProof(_public, _proof, SessionKey), serverProof);
}
