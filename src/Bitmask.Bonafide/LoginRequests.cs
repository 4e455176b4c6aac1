using System.Buffers.Text;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;

namespace Bitmask.Bonafide;

/// <summary>The two requests of a login, alike for both forms of it.</summary>
internal static class LoginRequests
{
    public static async Task<(LoginChallenge Challenge, string? Cookie)> StartAsync(
        BonafideHttp http, ProviderPin provider, LoginStart start, CancellationToken cancellationToken)
    {
        var fields = new Dictionary<string, string> { ["login"] = start.Login!, ["A"] = start.A! };
        if (start.SrpGroup is not null)
        {
            fields["srp_group"] = start.SrpGroup;
        }

        if (start.Recovery is not null)
        {
            fields["recovery"] = start.Recovery;
        }

        var answer = await http.SendAsync(
            HttpMethod.Post, new Uri(provider.Api, "sessions"), BonafideHttp.Form(fields), cancellationToken: cancellationToken).ConfigureAwait(false);
        ThrowIfRefused(answer);
        return (answer.Read(BonafideJson.Default.LoginChallenge), answer.Cookies.Count > 0 ? string.Join("; ", answer.Cookies) : null);
    }

    public static async Task<LoginAnswer> ProveAsync(
        BonafideHttp http, ProviderPin provider, string login, string proof, string? handshake, string? cookie, CancellationToken cancellationToken)
    {
        var fields = new Dictionary<string, string> { ["client_auth"] = proof };
        if (handshake is not null)
        {
            fields["handshake"] = handshake;
        }

        var answer = await http.SendAsync(
            HttpMethod.Put, new Uri(provider.Api, "sessions/" + Uri.EscapeDataString(login)), BonafideHttp.Form(fields), cookie: cookie,
            cancellationToken: cancellationToken).ConfigureAwait(false);
        ThrowIfRefused(answer);
        return answer.Read(BonafideJson.Default.LoginAnswer);
    }

    public static Session ToSession(LoginAnswer answer)
        => UserId.TryParse(answer.Id, out var user) && answer.Token.Length > 0
            ? new Session(user, answer.Token)
            : throw new BonafideException(BonafideErrors.BadAnswer, "The provider's answer to the login has no account or no token.");

    public static BonafideException NotProven(Exception? inner = null) => new(
        BonafideErrors.ServerNotProven, "The provider could not prove that it knows this account.",
        "The passphrase was not revealed. Somebody may be in between; try another network.", inner);

    public static byte[] DecodeBase64(string text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException e)
        {
            throw new BonafideException(BonafideErrors.BadAnswer, "The provider gave an answer that this program does not understand.", inner: e);
        }
    }

    private static void ThrowIfRefused(BonafideAnswer answer)
    {
        // 422 is LEAP's status for all of it; its text tells nothing that a person could act on.
        if (answer.Status is 401 or 403 or 404 or 422)
        {
            // This field says that the provider forgot the first request, not that the second is wrong.
            throw answer.Error() is { } error && error.About("login") is not null && error.About("base") is null
                ? new BonafideException(BonafideErrors.Unavailable, "The provider lost the login halfway.", BonafideErrors.AgainLater)
                : new BonafideException(BonafideErrors.BadCredentials, "Unknown address or wrong passphrase.", "Check both; upper and lower case matter. If both are right, somebody may be in between: try another network.");
        }

        answer.ThrowIfBad();
    }
}
