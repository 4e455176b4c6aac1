using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Soledad;
using Bitmask.Testing;

namespace Bitmask.Protocol.Tests.Soledad;

public sealed class SoledadAuthorizationTests
{
    [Fact]
    public void AuthHeader_EveryCase_Matches()
    {
        const string File = "soledad/auth_header.json";
        using var vectors = Vectors.Read(File);
        var cases = 0;
        foreach (var row in vectors.RootElement.GetProperty("vectors").EnumerateArray())
        {
            var (user, token) = (row.GetProperty("user").GetString()!, row.GetProperty("token").GetString()!);
            var header = row.GetProperty("header").GetString()!;
            Assert.Equal(header, SoledadAuthorization.FormatUnchecked(user, token));
            Assert.True(SoledadAuthorization.TryParse(header.Replace("Token", "tOKEN", StringComparison.Ordinal).TrimEnd('='), out var readUser, out var readToken));
            Assert.Equal((user, token), (readUser, readToken));
            Assert.Equal(row.GetProperty("server_lookup_sha512").GetString(), SessionToken.StoredId(token));
            cases++;
        }

        foreach (var row in vectors.RootElement.GetProperty("tokens_db_name").EnumerateArray())
        {
            Assert.Equal(row.GetProperty("db").GetString(), SessionToken.LeapDatabaseName(DateTimeOffset.FromUnixTimeSeconds(row.GetProperty("unix_time").GetInt64())));
            cases++;
        }

        Vectors.Report(File, cases);
    }

    [Fact]
    public void RemoteDocId_EveryCase_Matches()
    {
        const string File = "soledad/remote_doc_id.json";
        using var vectors = Vectors.Read(File);
        var cases = 0;
        foreach (var row in vectors.RootElement.GetProperty("vectors").EnumerateArray())
        {
            Assert.Equal(
                row.GetProperty("doc_id").GetString(),
                SessionToken.LeapSecretsId(row.GetProperty("passphrase").GetString()!, row.GetProperty("uuid").GetString()!));
            cases++;
        }

        Vectors.Report(File, cases);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Token ")]
    [InlineData("Basic YTpi")]
    [InlineData("Token !!!!")]
    [InlineData("Token YWI=")]
    [InlineData("Token OmI=")]
    [InlineData("Token YTo=")]
    [InlineData("Token /////w==")]
    public void TryParse_Malformed_IsFalse(string? value) => Assert.False(SoledadAuthorization.TryParse(value, out _, out _));
}
