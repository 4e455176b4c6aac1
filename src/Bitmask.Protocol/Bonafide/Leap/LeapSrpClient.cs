using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Bitmask.Protocol.Bonafide.Leap;

/// <summary>The client's side of one LEAP login; all values are hex, as on the wire.</summary>
public sealed class LeapSrpClient
{
    private readonly string _username;
    private readonly string _password;
    private readonly bool _isStripped;
    private readonly BigInteger _secret;
    private readonly BigInteger _public;
    private byte[]? _key;
    private byte[]? _proof;

    /// <summary>Begins a login.</summary>
    /// <param name="username">Login name, without domain.</param>
    /// <param name="password">The password.</param>
    /// <param name="strippedInnerHash">Second try for accounts that an old client registered with a shortened inner hash, see <see cref="MayNeedStrippedInnerHash"/>.</param>
    public LeapSrpClient(string username, string password, bool strippedInnerHash = false)
        : this(username, password, SrpGroup.RandomExponent(), strippedInnerHash)
    {
    }

    internal LeapSrpClient(string username, string password, BigInteger secret, bool strippedInnerHash = false)
    {
        (_username, _password, _isStripped, _secret) = (username, password, strippedInnerHash, secret);
        _public = BigInteger.ModPow(LeapSrp.G, secret, LeapSrp.N);
    }

    /// <summary>A, an even number of digits.</summary>
    public string PublicEphemeral => SrpHex.Encode(LeapSrp.Minimal(_public));

    /// <summary>The key both sides share; only after <see cref="Prove"/>.</summary>
    public byte[] SessionKey => _key ?? throw new InvalidOperationException("The proof comes first.");

    /// <summary>Whether the inner hash begins with a zero octet: then an old client may have registered another verifier (one password in 256).</summary>
    public static bool MayNeedStrippedInnerHash(string username, string password)
        => SHA256.HashData(Encoding.UTF8.GetBytes(username + ":" + password))[0] == 0;

    /// <summary>Answers the server's challenge with <c>client_auth</c>.</summary>
    /// <param name="salt">The salt as the server sent it.</param>
    /// <param name="serverEphemeral">B as the server sent it.</param>
    /// <exception cref="SrpProtocolException">Salt or B are not acceptable.</exception>
    public string Prove(string? salt, string? serverEphemeral)
    {
        var saltBytes = SrpHex.Decode(salt);
        var b = LeapSrp.ReadEphemeral(serverEphemeral);
        var u = LeapSrp.Hash(LeapSrp.Minimal(_public), LeapSrp.Minimal(b));
        if (u.IsZero)
        {
            throw new SrpProtocolException("The SRP scrambling parameter is zero.");
        }

        var x = LeapSrp.PrivateKey(_username, _password, saltBytes, _isStripped);
        var shared = (b - (LeapSrp.K * BigInteger.ModPow(LeapSrp.G, x, LeapSrp.N))) % LeapSrp.N;
        if (shared.Sign < 0)
        {
            shared += LeapSrp.N;
        }

        _key = LeapSrp.Digest(LeapSrp.Minimal(BigInteger.ModPow(shared, _secret + (u * x), LeapSrp.N)));
        _proof = LeapSrp.ClientProof(_username, saltBytes, _public, b, _key);
        return SrpHex.Encode(_proof);
    }

    /// <summary>Whether M2 shows that the server knows the verifier.</summary>
    public bool VerifyServer(string? serverProof)
        => _proof is not null && SrpHex.TryDecode(serverProof, out var proof, maxDigits: 64)
            && CryptographicOperations.FixedTimeEquals(LeapSrp.ServerProof(_public, _proof, SessionKey), proof);
}
