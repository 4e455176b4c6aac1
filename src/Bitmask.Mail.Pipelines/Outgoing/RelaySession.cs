using Bitmask.Smtp;
using Bitmask.Smtp.Client;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// The provider's submission servers during one pass: connected when first needed, used for all copies. A server that can not be reached, or says that it has no time, is not tried
/// again in this pass, the next one is; when none is left the mail waits.
/// </summary>
/// <param name="relays">Gives the servers.</param>
/// <param name="clock">The time.</param>
/// <param name="refused">Called when a server does not accept the device's certificate.</param>
internal sealed class RelaySession(Func<CancellationToken, Task<IReadOnlyList<SmtpEndpoint>>> relays, TimeProvider clock, Action refused) : IAsyncDisposable
{
    private Queue<SmtpEndpoint>? _endpoints;
    private SmtpClient? _client;
    private SmtpReply? _trouble;

    /// <summary>Hands over one copy; gives an answer for each recipient, also when nothing could be sent.</summary>
    public async Task<IReadOnlyList<SmtpReply>> SendAsync(OutboxItem item, OutgoingCopy copy, CancellationToken cancellationToken)
    {
        while (await ConnectAsync(cancellationToken).ConfigureAwait(false) is { } client)
        {
            try
            {
                var envelope = new SmtpEnvelope(item.ReversePath.Address, [.. copy.Recipients.Select(recipient => recipient.Row.Address.Address)], item.Id.ToString());
                return await client.SendAsync(envelope, copy.Raw, cancellationToken).ConfigureAwait(false);
            }
            catch (SmtpCommandException e) when (e.Reply.Code == 530)
            {
                // The certificate is not accepted (any more): a matter between provider and device, not of this mail.
                _trouble = new SmtpReply(454, "4.7.0", "The provider did not accept this device's certificate: " + e.Reply.Text);
                refused();
            }
            catch (SmtpCommandException e) when (e.Reply.Code == 421)
            {
                // It goes down, and has not taken the mail (RFC 5321 §3.8): another may.
                await GiveUpServerAsync(e.Reply).ConfigureAwait(false);
            }
            catch (SmtpCommandException e)
            {
                return All(copy, e.Reply);
            }
            catch (SmtpProtocolException e)
            {
                // Whether it has taken the mail is not known: not handed to another server at once, which may not know of the first.
                return All(copy, new SmtpReply(451, "4.4.2", e.Message));
            }
        }

        return All(copy, _trouble!);
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static IReadOnlyList<SmtpReply> All(OutgoingCopy copy, SmtpReply reply) => [.. copy.Recipients.Select(_ => reply)];

    /// <summary>Null when there is <see cref="_trouble"/>.</summary>
    private async Task<SmtpClient?> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_client is { IsAlive: true } || _trouble is not null)
        {
            return _trouble is null ? _client : null;
        }

        await DisposeAsync().ConfigureAwait(false);
        _client = null;
        while (_trouble is null)
        {
            try
            {
                _endpoints ??= new Queue<SmtpEndpoint>(await relays(cancellationToken).ConfigureAwait(false));
                return _client = await SmtpClient.ConnectAsync(_endpoints.Peek(), clock, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                await GiveUpServerAsync(new SmtpReply(451, "4.4.1", e is IOException ? e.Message : $"The provider's mail server can not be used ({e.GetType().Name}).")).ConfigureAwait(false);
            }
        }

        return null;
    }

    /// <summary>The next server's turn; when there is none, what the last one said is the trouble.</summary>
    private async Task GiveUpServerAsync(SmtpReply reply)
    {
        await DisposeAsync().ConfigureAwait(false);
        _client = null;
        _endpoints?.TryDequeue(out _);
        if (_endpoints is not { Count: > 0 })
        {
            _trouble = reply;
        }
    }
}
