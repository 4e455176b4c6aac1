using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Tests.World;

namespace Bitmask.Provider.Tests.SoledadServer;

/// <summary>
/// Sends recorded requests to a running provider and compares the answers, by the rules that stand beside the recordings: the server's own ids are
/// learned as they come and put into later requests, metadata is compared as parsed JSON, content octet for octet.
/// </summary>
internal sealed partial class TranscriptReplay(Person person, string recordedUser)
{
    private readonly Dictionary<string, string> _ids = [];

    /// <summary>Difference between recorded and actual generations: what the recorded server kept of refused streams.</summary>
    public long GenerationShift { get; set; }

    /// <summary>Names what a server made up: recorded → actual.</summary>
    public void Learn(string recorded, string actual)
    {
        if (recorded.Length > 0)
        {
            Assert.Equal(actual, _ids.TryGetValue(recorded, out var known) ? known : actual);
            _ids[recorded] = actual;
        }
    }

    /// <summary>Sends one recorded request, and compares unless <paramref name="compare"/> is false. Answers status and body.</summary>
    public async Task<(int Status, string Body)> ReplayAsync(JsonElement exchange, bool compare = true)
    {
        var request = exchange.GetProperty("request");
        var expected = exchange.GetProperty("response");
        var body = request.GetProperty("body").GetString();
        var type = request.GetProperty("headers").TryGetProperty("content-type", out var header) ? header.GetString() : null;
        using var response = await SendAsync(request.GetProperty("method").GetString()!, request.GetProperty("url").GetString()!, body, type);
        var text = await response.Content.ReadAsStringAsync();
        if (compare)
        {
            Assert.Equal(expected.GetProperty("status").GetInt32(), (int)response.StatusCode);
            Compare(expected.GetProperty("body").GetString()!, text);
            if (expected.GetProperty("headers").TryGetProperty("content-type", out var contentType))
            {
                Assert.Equal(contentType.GetString(), response.Content.Headers.ContentType?.ToString());
            }

            CompareHeader(expected, response, "x-u1db-rev");
            CompareHeader(expected, response, "x-u1db-has-conflicts");
        }

        return ((int)response.StatusCode, text);
    }

    /// <summary>Sends a request as this account, with known ids in place of recorded ones.</summary>
    public async Task<HttpResponseMessage> SendAsync(string method, string url, string? body, string? contentType)
        => await person.SoledadAsync(
            new HttpMethod(method), Substitute(url), body is null ? null : contentType is null ? Person.Content(Substitute(body), "") : Person.Content(Substitute(body), contentType));

    public string Substitute(string text)
    {
        text = text.Replace(recordedUser, person.Id.Value, StringComparison.Ordinal);
        foreach (var (recorded, actual) in _ids)
        {
            text = text.Replace(recorded, actual, StringComparison.Ordinal);
        }

        // What a client remembers of the server's generations moves with them.
        return GenerationShift == 0 ? text : LastKnown().Replace(text, match => $"\"last_known_generation\": {Shifted(long.Parse(match.Groups[1].Value))}");
    }

    [GeneratedRegex("\"last_known_generation\": (\\d+)")]
    private static partial Regex LastKnown();

    private static bool IsMadeUp(string name) => name is "new_transaction_id" or "target_replica_transaction_id" or "trans_id" or "replica_uid" or "target_replica_uid";

    private static bool IsServerGeneration(string name) => name is "new_generation" or "target_replica_generation" or "gen";

    private long Shifted(long generation) => generation is 0 or > 1000 ? generation : generation + GenerationShift;

    private void CompareHeader(JsonElement expected, HttpResponseMessage response, string name)
    {
        if (expected.GetProperty("headers").TryGetProperty(name, out var value))
        {
            Assert.Equal(Substitute(value.GetString()!), response.Headers.GetValues(name).Single());
        }
    }

    /// <summary>A single JSON answer, or a stream of lines in which every second line from the third on is content.</summary>
    private void Compare(string recorded, string actual)
    {
        var (expectedLines, lines) = (recorded.Split("\r\n"), actual.Split("\r\n"));
        Assert.Equal(expectedLines.Length, lines.Length);
        for (var i = 0; i < lines.Length; i++)
        {
            var (expected, line) = (expectedLines[i].TrimEnd(','), lines[i].TrimEnd(','));
            Assert.Equal(expectedLines[i].EndsWith(','), lines[i].EndsWith(','));
            if (expected.StartsWith('{') && !(expectedLines[0] == "[" && i >= 3 && i % 2 == 1))
            {
                CompareMetadata(expected, line);
            }
            else
            {
                Assert.Equal(Encoding.UTF8.GetBytes(Substitute(expected)), Encoding.UTF8.GetBytes(line));
            }
        }
    }

    private void CompareMetadata(string recorded, string actual)
    {
        using var expected = JsonDocument.Parse(recorded);
        using var json = JsonDocument.Parse(actual);
        Assert.Equal(
            expected.RootElement.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal),
            json.RootElement.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        foreach (var member in expected.RootElement.EnumerateObject())
        {
            var value = json.RootElement.GetProperty(member.Name);
            if (member.Name == "rev" && !_ids.Values.Any(id => value.GetString()!.Contains(id, StringComparison.Ordinal)) && value.GetString() != member.Value.GetString())
            {
                // A revision that only the server signs: of a shared document.
                Learn(member.Value.GetString()!.Split(':')[0], value.GetString()!.Split(':')[0]);
            }
            else if (IsMadeUp(member.Name))
            {
                Learn(member.Value.GetString()!, value.GetString()!);
            }

            if (IsServerGeneration(member.Name))
            {
                Assert.Equal(Shifted(member.Value.GetInt64()), value.GetInt64());
            }
            else if (member.Name == "rev")
            {
                // Sorted by replica uid, so the order changes with the server's own.
                Assert.Equal(Revision.Parse(Substitute(member.Value.GetString()!)), Revision.Parse(value.GetString()));
            }
            else if (member.Value.ValueKind == JsonValueKind.String)
            {
                Assert.Equal(Substitute(member.Value.GetString()!), value.GetString());
            }
            else
            {
                Assert.Equal(member.Value.GetRawText(), value.GetRawText());
            }
        }
    }
}
