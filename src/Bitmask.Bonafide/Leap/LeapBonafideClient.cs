using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Bonafide.Leap;
using Bitmask.Protocol.Outgoing;

namespace Bitmask.Bonafide.Leap;

/// <summary>Registers and logs in leap accounts, as LEAP's providers know them. Never used for a sealed account.</summary>
public sealed class LeapBonafideClient : IDisposable
{
    private readonly ProviderPin _provider;
    private readonly BonafideHttp _http;

    /// <summary>Makes a client.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="handlers">Makes the handler for a kind of trust, see <see cref="OutgoingHandlers.For"/>; the handlers stay its own.</param>
    public LeapBonafideClient(ProviderPin provider, Func<ServerTrust, HttpMessageHandler> handlers)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ArgumentNullException.ThrowIfNull(handlers);
        _provider = provider;
        _http = new BonafideHttp(handlers(ServerTrust.PinnedCa(provider.Ca)));
    }

    /// <summary>Makes a leap account.</summary>
    public Task<UserId> SignUpAsync(string login, string password, string? inviteCode = null, CancellationToken cancellationToken = default)
    {
        var salt = SrpHex.Encode(SrpVerifier.NewSalt());
        var fields = new SignUpFields
        {
            Login = login,
            PasswordSalt = salt,
            PasswordVerifier = LeapSrpVerifier.Compute(login, password, salt),
            InviteCode = inviteCode,
        };
        return SignUpRequests.SendAsync(_http, _provider, fields, cancellationToken);
    }

    /// <summary>Logs in. Accounts that an old client registered with a shortened inner hash are tried a second time.</summary>
    public async Task<Session> LogInAsync(string login, string password, CancellationToken cancellationToken = default)
    {
        try
        {
            return await LogInAsync(login, new LeapSrpClient(login, password), cancellationToken).ConfigureAwait(false);
        }
        catch (BonafideException e) when (e.Code == BonafideErrors.BadCredentials && LeapSrpClient.MayNeedStrippedInnerHash(login, password))
        {
            return await LogInAsync(login, new LeapSrpClient(login, password, strippedInnerHash: true), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes the connections of this client.</summary>
    public void Dispose() => _http.Dispose();

    private async Task<Session> LogInAsync(string login, LeapSrpClient srp, CancellationToken cancellationToken)
    {
        try
        {
            var start = new LoginStart { Login = login, A = srp.PublicEphemeral };
            var (challenge, cookie) = await LoginRequests.StartAsync(_http, _provider, start, cancellationToken).ConfigureAwait(false);
            var proof = srp.Prove(challenge.Salt, challenge.B);
            var answer = await LoginRequests.ProveAsync(_http, _provider, login, proof, challenge.Handshake, cookie, cancellationToken).ConfigureAwait(false);
            return srp.VerifyServer(answer.M2) ? LoginRequests.ToSession(answer) : throw LoginRequests.NotProven();
        }
        catch (SrpProtocolException e)
        {
            throw LoginRequests.NotProven(e);
        }
    }
}
