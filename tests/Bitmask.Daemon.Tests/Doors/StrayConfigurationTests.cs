using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Bitmask.Daemon.Settings;
using Bitmask.Daemon.Tests.World;

namespace Bitmask.Daemon.Tests.Doors;

/// <summary>The web framework reads files of the current folder, and variables; none of them may open another way in.</summary>
[Collection(nameof(StrayConfigurationTests))]
[CollectionDefinition(nameof(StrayConfigurationTests), DisableParallelization = true)]
public sealed class StrayConfigurationTests
{
    [Fact]
    public async Task SettingsOfTheFramework_InTheFolderOfStart_OpenNoListener()
    {
        var port = Device.FreePorts(1)[0];
        var folder = Directory.CreateTempSubdirectory("bitmask-");
        var before = Environment.CurrentDirectory;
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "appsettings.json"), "{\"Kestrel\":{\"Endpoints\":{\"Stray\":{\"Url\":\"http://127.0.0.1:" + port.ToString(CultureInfo.InvariantCulture) + "\"}}}}");
        try
        {
            Environment.CurrentDirectory = folder.FullName;
            await using var device = await Device.StartAsync(new DaemonSettings());
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync(IPAddress.Loopback, port));
        }
        finally
        {
            Environment.CurrentDirectory = before;
            folder.Delete(recursive: true);
        }
    }
}
