using Bitmask.Smtp;
using Bitmask.Smtp.Client;

namespace Bitmask.Mail.Pipelines;

/// <summary>The provider's submission server during one pass: connected when first needed, used for all copies; once it is found unreachable, not tried again.</summary>
internal sealed class RelaySession(Func<CancellationToken, Task<SmtpEndpoint>> relay, TimeProvider clock) : IAsyncDisposable
{
    private SmtpClient? _client;
    private SmtpReply? _trouble;

    /// <summary>Hands over one copy; gives an answer for each recipient, also when nothing could be sent.</summary>
    public async Task<IReadOnlyList<SmtpReply>> SendAsync(OutboxItem item, OutgoingCopy copy, CancellationToken cancellationToken)
    {
        if (await ConnectAsync(cancellationToken).ConfigureAwait(false) is not { } client)
        {
            return All(copy, _trouble!);
        }

        try
        {
            var envelope = new SmtpEnvelope(item.ReversePath.Address, [.. copy.Recipients.Select(recipient => recipient.Row.Address.Address)], item.Id.ToString());
            return await client.SendAsync(envelope, copy.Raw, cancellationToken).ConfigureAwait(false);
        }
        catch (SmtpCommandException e) when (e.Reply.Code == 530)
        {
            // The certificate is not accepted (any more): a matter between provider and device, not of this mail.
            return All(copy, _trouble = new SmtpReply(454, "4.7.0", "The provider did not accept this device's certificate: " + e.Reply.Text));
        }
        catch (SmtpCommandException e)
        {
            return All(copy, e.Reply);
        }
        catch (SmtpProtocolException e)
        {
            return All(copy, new SmtpReply(451, "4.4.2", e.Message));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static IReadOnlyList<SmtpReply> All(OutgoingCopy copy, SmtpReply reply) => [.. copy.Recipients.Select(_ => reply)];

    private async Task<SmtpClient?> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_client is { IsAlive: true } || _trouble is not null)
        {
            return _trouble is null ? _client : null;
        }

        await DisposeAsync().ConfigureAwait(false);
        _client = null;
        try
        {
            var endpoint = await relay(cancellationToken).ConfigureAwait(false);
            return _client = await SmtpClient.ConnectAsync(endpoint, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            _trouble = new SmtpReply(451, "4.4.1", e is IOException ? e.Message : $"The provider's mail server can not be used ({e.GetType().Name}).");
            return null;
        }
    }
}
