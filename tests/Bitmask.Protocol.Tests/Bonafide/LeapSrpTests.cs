using System.Numerics;
using System.Text.Json;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Bonafide.Leap;
using Bitmask.Testing;
using FsCheck.Xunit;

namespace Bitmask.Protocol.Tests.Bonafide;

public sealed class LeapSrpTests
{
    [Fact]
    public void Srp_EveryCase_MatchesOnBothSides()
    {
        const string File = "provider/srp.json";
        using var vectors = Vectors.Read(File);
        var root = vectors.RootElement;
        var cases = 0;
        foreach (var row in root.GetProperty("cases").EnumerateArray())
        {
            CheckClient(row);
            CheckServer(row);
            cases++;
        }

        var parameters = root.GetProperty("params");
        Assert.Equal(parameters.GetProperty("N").GetString(), SrpHex.Encode(LeapSrp.Minimal(LeapSrp.N)));
        Assert.Equal(parameters.GetProperty("k").GetString(), SrpHex.Encode(LeapSrp.Minimal(LeapSrp.K)));

        cases += CheckQuirk(root.GetProperty("inner_hash_quirk"));
        cases += CheckInvalidEphemerals(root.GetProperty("invalid_ephemerals"));
        Vectors.Report(File, cases);
    }

    [Fact]
    public void Server_SaltWithLeadingZero_IsReturnedAsRegisteredAndWorks()
    {
        const string Salt = "00b1c2d3";
        var server = new LeapSrpServer("erin", Salt, LeapSrpVerifier.Compute("erin", "password1", Salt));
        Assert.Equal(Salt, server.Salt);
        Assert.NotNull(LogIn(server, "erin", "password1"));
    }

    [Property(MaxTest = 20)]
    public bool LogIn_RightPassword_WorksAndOnlyThen(string? password, byte[] salt)
    {
        var saltHex = SrpHex.Encode([1, .. salt ?? []]);
        var server = new LeapSrpServer("alice", saltHex, LeapSrpVerifier.Compute("alice", password ?? "", saltHex));
        var wrong = new LeapSrpServer("alice", saltHex, LeapSrpVerifier.Compute("alice", password + "x", saltHex));
        return LogIn(server, "alice", password ?? "") is not null && LogIn(wrong, "alice", password ?? "") is null;
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("xyz")]
    [InlineData("-1")]
    [InlineData(" 1")]
    public void Ephemeral_NotHex_IsRefused(string? hex)
    {
        Assert.Throws<SrpProtocolException>(() => LeapSrpServer.CheckClientEphemeral(hex));
        Assert.Throws<SrpProtocolException>(() => new LeapSrpClient("alice", "p").Prove("a1", hex));
        Assert.Throws<SrpProtocolException>(() => new LeapSrpClient("alice", "p").Prove(hex, "05"));
    }

    [Fact]
    public void Ephemeral_TooLong_IsRefused()
        => Assert.Throws<SrpProtocolException>(() => LeapSrpServer.CheckClientEphemeral("0" + new string('1', 256)));

    private static void CheckClient(JsonElement row)
    {
        var (name, password) = (row.GetProperty("username").GetString()!, row.GetProperty("password").GetString()!);
        Assert.Equal(row.GetProperty("verifier").GetString(), LeapSrpVerifier.Compute(name, password, row.GetProperty("salt_registered").GetString()!));

        var login = row.TryGetProperty("login_password", out var other) ? other.GetString()! : password;
        var client = new LeapSrpClient(name, login, Hex(row, "a"));
        Assert.Equal(row.GetProperty("A").GetString(), client.PublicEphemeral);
        var challenge = row.GetProperty("server_challenge");
        Assert.Equal(row.GetProperty("client_auth_sent").GetString(), client.Prove(challenge.GetProperty("salt").GetString(), challenge.GetProperty("B").GetString()));
        if (row.GetProperty("accepted").GetBoolean())
        {
            Assert.Equal(row.GetProperty("K").GetString(), SrpHex.Encode(client.SessionKey));
        }

        Assert.Equal(row.GetProperty("client_accepts_M2").GetBoolean(), client.VerifyServer(row.GetProperty("M2_if_accepted").GetString()));
        Assert.False(client.VerifyServer(new string('0', 64)));
        Assert.False(client.VerifyServer(null));
    }

    private static void CheckServer(JsonElement row)
    {
        // The original keeps the salt as an integer, so this is the salt that its side of the recorded exchange has.
        var salt = row.GetProperty("server_challenge").GetProperty("salt").GetString()!;
        var server = new LeapSrpServer(row.GetProperty("username").GetString()!, salt, row.GetProperty("verifier").GetString()!, Hex(row, "b"));
        Assert.Equal(row.GetProperty("server_challenge").GetProperty("B").GetString(), server.PublicEphemeral);
        var a = row.GetProperty("A").GetString();
        var (proof, key) = server.Expect(LeapSrp.ReadEphemeral(a));
        Assert.Equal(row.GetProperty("server_expected_M1").GetString(), SrpHex.Encode(proof));
        if (row.GetProperty("name").GetString() != "salt_leading_zero_byte_BROKEN")
        {
            Assert.Equal(row.GetProperty("K").GetString(), SrpHex.Encode(key));
        }

        var m2 = server.Prove(a, row.GetProperty("client_auth_sent").GetString());
        Assert.Equal(row.GetProperty("accepted").GetBoolean() ? row.GetProperty("M2_if_accepted").GetString() : null, m2);
        Assert.Equal(row.GetProperty("M2_if_accepted").GetString(), server.Prove(a, row.GetProperty("server_expected_M1").GetString()));
        Assert.Null(server.Prove(a, row.GetProperty("server_expected_M1").GetString()!.TrimStart('0')[1..]));
    }

    private static int CheckQuirk(JsonElement quirk)
    {
        var (name, password) = (quirk.GetProperty("username").GetString()!, quirk.GetProperty("password").GetString()!);
        var salt = quirk.GetProperty("salt").GetString()!;
        Assert.True(LeapSrpClient.MayNeedStrippedInnerHash(name, password));
        Assert.False(LeapSrpClient.MayNeedStrippedInnerHash(name, "hunter2"));
        Assert.Equal(quirk.GetProperty("verifier_correct").GetString(), LeapSrpVerifier.Compute(name, password, salt));
        var stripped = LeapSrpVerifier.Compute(name, password, salt, isStripped: true);
        Assert.Equal(quirk.GetProperty("verifier_pysrp_pure_python_upto_1_0_20").GetString(), stripped);

        var client = new LeapSrpClient(name, password, strippedInnerHash: true);
        var server = new LeapSrpServer(name, salt, stripped);
        Assert.True(client.VerifyServer(server.Prove(client.PublicEphemeral, client.Prove(server.Salt, server.PublicEphemeral))));
        return 1;
    }

    private static int CheckInvalidEphemerals(JsonElement rows)
    {
        var cases = 0;
        foreach (var a in rows.GetProperty("A_must_be_rejected").EnumerateArray())
        {
            Assert.Throws<SrpProtocolException>(() => LeapSrpServer.CheckClientEphemeral(a.GetString()));
            Assert.Throws<SrpProtocolException>(() => new LeapSrpServer("a", "01", "0a").Prove(a.GetString(), new string('0', 64)));
            cases++;
        }

        foreach (var b in rows.GetProperty("B_must_be_rejected").EnumerateArray())
        {
            Assert.Throws<SrpProtocolException>(() => new LeapSrpClient("a", "p").Prove("01", b.GetString()));
            cases++;
        }

        return cases;
    }

    private static string? LogIn(LeapSrpServer server, string name, string password)
    {
        var client = new LeapSrpClient(name, password);
        var m2 = server.Prove(client.PublicEphemeral, client.Prove(server.Salt, server.PublicEphemeral));
        return client.VerifyServer(m2) ? m2 : null;
    }

    private static BigInteger Hex(JsonElement row, string name) => SrpGroup.Number(SrpHex.Decode(row.GetProperty(name).GetString()));
}
