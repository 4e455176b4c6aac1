using System.Net;
using Bitmask.Smtp.Client;
using Bitmask.Smtp.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Smtp.Tests.Server;

public class KestrelTests
{
    [Fact]
    public async Task Handler_OnKestrelListener_TakesMail()
    {
        var sink = new ScriptedSink();
        var handler = new SmtpConnectionHandler(new SmtpServerOptions(), sink, TimeProvider.System, NullLogger<SmtpConnectionHandler>.Instance);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Run(handler.OnConnectedAsync)));
        await using var app = builder.Build();
        await app.StartAsync();
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

        await using (var client = await SmtpClient.ConnectAsync(new SmtpEndpoint("localhost", address.Port, SmtpTlsMode.StartTlsIfOffered) { Address = IPAddress.Loopback }, TimeProvider.System))
        {
            await client.SendAsync(new SmtpEnvelope("bob@blue.test", ["alice@red.test"]), "Subject: x\r\n\r\n"u8.ToArray());
        }

        Assert.Equal(IPAddress.Loopback, Assert.Single(sink.Accepted).Transaction.RemoteAddress);
        await app.StopAsync();
    }
}
