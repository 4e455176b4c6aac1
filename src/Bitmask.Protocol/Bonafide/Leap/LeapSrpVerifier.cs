using System.Numerics;

namespace Bitmask.Protocol.Bonafide.Leap;

/// <summary>What a LEAP provider keeps instead of a password.</summary>
public static class LeapSrpVerifier
{
    /// <summary>v = g^x, in hex, an even number of digits.</summary>
    /// <param name="username">Login name without domain.</param>
    /// <param name="password">The password itself.</param>
    /// <param name="salt">The salt in hex.</param>
    /// <exception cref="SrpProtocolException">The salt is not hex.</exception>
    public static string Compute(string username, string password, string salt)
        => Compute(username, password, salt, isStripped: false);

    internal static string Compute(string username, string password, string salt, bool isStripped)
    {
        var x = LeapSrp.PrivateKey(username, password, SrpHex.Decode(salt), isStripped);
        return SrpHex.Encode(LeapSrp.Minimal(BigInteger.ModPow(LeapSrp.G, x, LeapSrp.N)));
    }
}
