using System.Numerics;
using System.Security.Cryptography;

namespace Bitmask.Protocol.Bonafide.Leap;

/// <summary>
/// The server's side of one LEAP login; good for one attempt. Unlike the original it keeps and returns the salt exactly as it was registered, so
/// that a salt with a zero in front works.
/// </summary>
public sealed class LeapSrpServer
{
    private readonly string _username;
    private readonly byte[] _salt;
    private readonly BigInteger _verifier;
    private readonly BigInteger _secret;
    private readonly BigInteger _public;

    /// <summary>Begins a login.</summary>
    /// <param name="username">Login name, without domain.</param>
    /// <param name="salt">The salt as registered.</param>
    /// <param name="verifier">The verifier as registered.</param>
    /// <exception cref="SrpProtocolException">Salt or verifier are not hex.</exception>
    public LeapSrpServer(string username, string salt, string verifier)
        : this(username, salt, verifier, SrpGroup.RandomExponent())
    {
    }

    internal LeapSrpServer(string username, string salt, string verifier, BigInteger secret)
    {
        (_username, Salt, _salt, _secret) = (username, salt, SrpHex.Decode(salt), secret);
        _verifier = SrpGroup.Number(SrpHex.Decode(verifier, LeapSrp.MaxDigits));
        _public = ((LeapSrp.K * _verifier) + BigInteger.ModPow(LeapSrp.G, secret, LeapSrp.N)) % LeapSrp.N;
    }

    /// <summary>B, without leading zeros, as the original prints it.</summary>
    public string PublicEphemeral => LeapSrp.Print(_public);

    /// <summary>The salt, as registered.</summary>
    public string Salt { get; }

    /// <summary>Whether A is acceptable; the server refuses others before it sends B.</summary>
    /// <exception cref="SrpProtocolException">A is not hex, too long, or zero modulo N.</exception>
    public static void CheckClientEphemeral(string? clientEphemeral) => LeapSrp.ReadEphemeral(clientEphemeral);

    /// <summary>Checks <c>client_auth</c>, which is exactly 64 lower-case hex digits.</summary>
    /// <param name="clientEphemeral">A.</param>
    /// <param name="clientAuth">M1.</param>
    /// <returns>M2; null when the proof is wrong.</returns>
    /// <exception cref="SrpProtocolException">A is not acceptable.</exception>
    public string? Prove(string? clientEphemeral, string? clientAuth)
    {
        var a = LeapSrp.ReadEphemeral(clientEphemeral);
        var (expected, key) = Expect(a);
        var isRight = clientAuth is { Length: 64 } && clientAuth.All(char.IsAsciiHexDigitLower)
            && CryptographicOperations.FixedTimeEquals(expected, Convert.FromHexString(clientAuth));
        return isRight ? SrpHex.Encode(LeapSrp.ServerProof(a, expected, key)) : null;
    }

    internal (byte[] Proof, byte[] Key) Expect(BigInteger a)
    {
        var u = LeapSrp.Hash(LeapSrp.Minimal(a), LeapSrp.Minimal(_public));
        var shared = BigInteger.ModPow(a * BigInteger.ModPow(_verifier, u, LeapSrp.N), _secret, LeapSrp.N);
        var key = LeapSrp.Digest(LeapSrp.Minimal(shared));
        return (LeapSrp.ClientProof(_username, _salt, a, _public, key), key);
    }
}
