using System.Net;
using System.Text;
using Bitmask.Smtp;
using Bitmask.Smtp.Client;

namespace Bitmask.Provider.Tests.World;

/// <summary>Sends mail over real sockets: as the world does, and as our users do.</summary>
internal static class Post
{
    public static byte[] Mail(string from, string to, string subject = "hello", string body = "Grüße\r\n", string? id = "<1@outside.test>")
        => Encoding.UTF8.GetBytes($"From: <{from}>\r\nTo: <{to}>\r\nSubject: {subject}\r\n{(id is null ? "" : $"Message-ID: {id}\r\n")}\r\n{body}");

    /// <summary>To the exchanger; the answer for each recipient, or what refused the whole mail.</summary>
    public static async Task<IReadOnlyList<SmtpReply>> ToExchangerAsync(TestProvider provider, string from, IReadOnlyList<string> to, byte[] message, int? port = null)
    {
        var endpoint = new SmtpEndpoint(provider.Settings.MxHost, port ?? provider.Host.Ports.Mx, SmtpTlsMode.StartTlsRequired)
        {
            Address = IPAddress.Parse(provider.Settings.ListenAddress),
            ValidateServer = static (_, certificate, _, _) => certificate is not null,
        };
        return await SendAsync(endpoint, new SmtpEnvelope(from, to), message);
    }

    /// <summary>To the submission port, with the person's certificate.</summary>
    public static Task<IReadOnlyList<SmtpReply>> SubmitAsync(Person person, string to, byte[] message, string? envelopeId = null, string? from = null)
        => SubmitAsync(person, [to], message, envelopeId, from);

    public static async Task<IReadOnlyList<SmtpReply>> SubmitAsync(Person person, IReadOnlyList<string> to, byte[] message, string? envelopeId = null, string? from = null)
    {
        var endpoint = new SmtpEndpoint(person.Provider.Settings.MxHost, person.Provider.Host.Ports.Submission, SmtpTlsMode.Implicit)
        {
            Address = IPAddress.Parse(person.Provider.Settings.ListenAddress),
            ValidateServer = static (_, certificate, _, _) => certificate is not null,
            ClientCertificate = person.Certificate,
            RequireTls13 = true,
        };
        return await SendAsync(endpoint, new SmtpEnvelope(from ?? person.Address, to, envelopeId), message);
    }

    private static async Task<IReadOnlyList<SmtpReply>> SendAsync(SmtpEndpoint endpoint, SmtpEnvelope envelope, byte[] message)
    {
        try
        {
            await using var client = await SmtpClient.ConnectAsync(endpoint, TimeProvider.System);
            return await client.SendAsync(envelope, message);
        }
        catch (SmtpCommandException e)
        {
            return [e.Reply];
        }
    }
}
