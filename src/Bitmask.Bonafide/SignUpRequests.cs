using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;

namespace Bitmask.Bonafide;

/// <summary>The request that makes an account, alike for both modes.</summary>
internal static class SignUpRequests
{
    public static async Task<UserId> SendAsync(BonafideHttp http, ProviderPin provider, SignUpFields fields, CancellationToken cancellationToken)
    {
        var answer = await http.SendAsync(
            HttpMethod.Post, new Uri(provider.Api, "users"), BonafideHttp.Form(fields.ToForm()), cancellationToken: cancellationToken).ConfigureAwait(false);
        ThrowIfRefused(answer, provider);
        answer.ThrowIfBad();
        var made = answer.Read(BonafideJson.Default.SignUpAnswer);
        return UserId.TryParse(made.Id, out var user)
            ? user
            : throw new BonafideException(BonafideErrors.BadAnswer, "The provider's answer to the sign-up has no account.");
    }

    private static void ThrowIfRefused(BonafideAnswer answer, ProviderPin provider)
    {
        if (answer.Status == 403)
        {
            throw new BonafideException(BonafideErrors.RegistrationRefused, $"{provider.Domain} does not take new accounts.");
        }

        if (answer.Status != 422)
        {
            return;
        }

        var error = answer.Error();
        if (error.About("invite_code") is { } invite)
        {
            throw new BonafideException(BonafideErrors.RegistrationRefused, "The invite code was not accepted: " + Quote(invite), "Ask the provider for an invite code.");
        }

        if (error.About("login") is { } login)
        {
            throw login.Contains("taken", StringComparison.OrdinalIgnoreCase)
                ? new BonafideException(BonafideErrors.AccountExists, "This address is taken.", "Choose another, or log in with: bitmaskctl user auth")
                : new BonafideException(BonafideErrors.InvalidLogin, "The provider does not accept this name: " + Quote(login), "Use lower-case letters and digits, beginning with a letter.");
        }

        throw new BonafideException(BonafideErrors.Refused, "The provider refused to make the account.");
    }

    /// <summary>A provider's text, fit for a terminal: short, without control characters.</summary>
    private static string Quote(string text) => string.Concat(text.Where(c => !char.IsControl(c)).Take(200));
}
