using System.Buffers.Text;
using System.Text;

namespace Bitmask.Daemon.Tests.World;

/// <summary>Looks through all that went out for what must not.</summary>
internal static class Leaks
{
    /// <summary>No octets that depend on the passphrase or on a key, beyond a login, in whatever spelling.</summary>
    public static void AssertNoSecrets(IReadOnlyList<ProxiedRequest> requests, IReadOnlyList<(string Name, byte[] Octets)> secrets)
    {
        foreach (var request in requests)
        {
            byte[] all = [.. Encoding.UTF8.GetBytes($"{request.Host}{request.Path}{request.Query}\n{request.Headers}\n"), .. request.Body];
            foreach (var (name, octets) in secrets)
            {
                foreach (var spelling in Spellings(octets))
                {
                    Assert.False(all.AsSpan().IndexOf(spelling) >= 0, $"The {name} went out in {request}.");
                }
            }
        }
    }

    /// <summary>Nobody logged in, nothing was uploaded, no key and no record was made.</summary>
    public static void AssertNothingButQuestions(IReadOnlyList<ProxiedRequest> requests)
        => Assert.DoesNotContain(requests, request => request.Method is not ("GET" or "HEAD"));

    /// <summary>A login may have happened, but no key, no record and no document went up.</summary>
    public static void AssertNothingUploaded(IReadOnlyList<ProxiedRequest> requests)
    {
        Assert.DoesNotContain(requests, request => request.Path.EndsWith("/keyrecord", StringComparison.Ordinal) && request.Method == "PUT");
        Assert.DoesNotContain(requests, request => request.Path.StartsWith("/1/users", StringComparison.Ordinal));
        Assert.DoesNotContain(requests, request => request.Method == "POST" && request.Path.Contains("/sync-from/", StringComparison.Ordinal)
            && request.Headers.Contains("application/x-soledad-sync-put", StringComparison.Ordinal));
    }

    /// <summary>No key record, no public key, and none of the account's key documents went up; a new device's own entry in the list of devices may have.</summary>
    public static void AssertNoKeys(IReadOnlyList<ProxiedRequest> requests, IReadOnlyList<string> keyDocuments)
    {
        Assert.DoesNotContain(requests, request => request.Path.EndsWith("/keyrecord", StringComparison.Ordinal) && request.Method == "PUT");
        Assert.DoesNotContain(requests, request => request.Path.StartsWith("/1/users", StringComparison.Ordinal));
        Assert.DoesNotContain(requests, request => keyDocuments.Any(id => request.Text.Contains(id, StringComparison.Ordinal)));
    }

    private static IEnumerable<byte[]> Spellings(byte[] secret)
    {
        yield return secret;
        yield return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(secret));
        yield return Encoding.ASCII.GetBytes(Convert.ToHexString(secret));
        yield return Encoding.ASCII.GetBytes(Convert.ToBase64String(secret).TrimEnd('='));
        yield return Encoding.ASCII.GetBytes(Base64Url.EncodeToString(secret));
        yield return Encoding.ASCII.GetBytes(Uri.EscapeDataString(Convert.ToBase64String(secret)));
        yield return Encoding.ASCII.GetBytes(Encoding.Latin1.GetString(secret).Replace(' ', '+'));
    }
}
