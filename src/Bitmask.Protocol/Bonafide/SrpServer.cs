using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Bitmask.Protocol.Bonafide;

/// <summary>The server's side of one hardened SRP-6a login; good for one attempt.</summary>
public sealed class SrpServer
{
    private readonly SrpGroup _group;
    private readonly string _identity;
    private readonly byte[] _salt;
    private readonly byte[] _binding;
    private readonly BigInteger _verifier;
    private readonly BigInteger _secret;
    private readonly BigInteger _public;

    /// <summary>Begins a login.</summary>
    /// <param name="group">The account's group.</param>
    /// <param name="identity">The login name, without domain.</param>
    /// <param name="salt">The SRP salt, as registered.</param>
    /// <param name="verifier">The verifier.</param>
    /// <param name="binding">What both sides must see alike beside the password, see <see cref="SrpBinding"/>; nothing when empty.</param>
    public SrpServer(SrpGroup group, string identity, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> verifier, ReadOnlySpan<byte> binding = default)
        : this(group, identity, salt, verifier, SrpGroup.RandomExponent(), binding)
    {
    }

    internal SrpServer(SrpGroup group, string identity, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> verifier, BigInteger secret, ReadOnlySpan<byte> binding = default)
    {
        ArgumentNullException.ThrowIfNull(group);
        (_group, _identity, _salt, _secret, _binding) = (group, identity, salt.ToArray(), secret, binding.ToArray());
        _verifier = group.ReadEphemeral(verifier);
        _public = ((group.Multiplier * _verifier) + BigInteger.ModPow(group.Generator, secret, group.Modulus)) % group.Modulus;
    }

    /// <summary>B, padded to the length of N.</summary>
    public byte[] PublicEphemeral => _group.Pad(_public);

    /// <summary>Whether A is acceptable; the server refuses others before it sends B.</summary>
    /// <exception cref="SrpProtocolException">A is zero modulo N, or out of range.</exception>
    public static void CheckClientEphemeral(SrpGroup group, ReadOnlySpan<byte> clientEphemeral)
    {
        ArgumentNullException.ThrowIfNull(group);
        group.ReadEphemeral(clientEphemeral);
    }

    /// <summary>Checks the client's M1.</summary>
    /// <param name="clientEphemeral">A.</param>
    /// <param name="clientProof">M1.</param>
    /// <returns>M2; null when the proof is wrong.</returns>
    /// <exception cref="SrpProtocolException">A is not acceptable.</exception>
    public byte[]? Prove(ReadOnlySpan<byte> clientEphemeral, ReadOnlySpan<byte> clientProof)
    {
        var a = _group.ReadEphemeral(clientEphemeral);
        var u = _group.Scramble(a, _public);
        var shared = BigInteger.ModPow(a * BigInteger.ModPow(_verifier, u, _group.Modulus) % _group.Modulus, _secret, _group.Modulus);
        var key = SHA256.HashData(_group.Pad(shared));
        var expected = _group.ClientProof(Encoding.UTF8.GetBytes(_identity), _salt, a, _public, key, _binding);
        return CryptographicOperations.FixedTimeEquals(expected, clientProof) ? _group.ServerProof(a, expected, key) : null;
    }
}
