using System.Text.Json.Nodes;

namespace Bitmask.Testing.Peers;

/// <summary>
/// OpenPGP.js, the one program at hand that knows all of RFC 9580. <c>eng/setup test</c> fetches it; each call is a run of node with
/// <c>openpgpjs.mjs</c>, which stands beside this file.
/// </summary>
public static class OpenPgpJs
{
    private static readonly string Library = Path.Combine(Cache(), "bitmask-mail", "openpgpjs-6.3.2", "package", "dist", "node", "openpgp.min.mjs");

    /// <summary>Whether node and the library are there.</summary>
    public static bool IsThere { get; } = PeerProgram.IsThere("node") && File.Exists(Library);

    /// <summary>Does one thing; octets go and come as base64.</summary>
    public static JsonObject Run(JsonObject request)
    {
        var script = Path.Combine(Vectors.Repository(), "tests", "Bitmask.Testing", "Peers", "openpgpjs.mjs");
        var answer = PeerProgram.Run("node", Vectors.Repository(), [script, Library], System.Text.Encoding.UTF8.GetBytes(request.ToJsonString())).Succeeded();
        return JsonNode.Parse(answer.Output)!.AsObject();
    }

    private static string Cache()
        => Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".cache");
}
