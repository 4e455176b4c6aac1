using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Bonafide.Leap;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.WebApi.Leap;

/// <summary>The login of leap accounts: SRP-6a as LEAP deployed it, 1024 bits and no padding. A sealed account can not be reached through it.</summary>
internal static class LeapLogin
{
    private const int FakeVerifierOctets = 127;

    /// <exception cref="SrpProtocolException">A is one that no honest client sends.</exception>
    public static LoginAttempt Begin(User? user, string login, string a, FakeLogins fakes)
    {
        var isReal = user is { Mode: AccountMode.Leap, Enabled: true };
        LeapSrpServer.CheckClientEphemeral(a);
        var salt = isReal ? user!.Salt : SrpHex.Encode(fakes.Octets(login, "leap-salt", SrpVerifier.SaltOctets, 0x80));
        var verifier = isReal ? user!.Verifier : SrpHex.Encode(fakes.Octets(login, "leap-verifier", FakeVerifierOctets, 0));
        var server = new LeapSrpServer(login, salt, verifier);
        return new LoginAttempt(login, isReal ? user : null, server.PublicEphemeral, salt, proof => server.Prove(a, proof), SessionKind.Passphrase);
    }
}
