using System.Security.Cryptography.X509Certificates;
using Bitmask.Daemon.Doors;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Daemon.Tests.Doors;

public sealed class DoorCertificateTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));

    private string Folder => Path.Combine(_folder.FullName, "tls");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Certificate_IsForLoopbackOnly_NoAuthority_AndItsKeyForTheOwnerOnly()
    {
        var doors = new DoorCertificate(Folder, _clock);
        var shown = Shown(doors);

        Assert.True(shown.MatchesHostname("localhost"));
        Assert.True(shown.MatchesHostname("127.0.0.1"));
        Assert.True(shown.MatchesHostname("::1"));
        Assert.False(shown.MatchesHostname("mail.example"));
        Assert.False(shown.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(shown.ExportCertificatePem() + "\n", File.ReadAllText(doors.File));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Folder, "server.key")));
    }

    [Fact]
    public void Certificate_StaysTheSame_UntilItsLastMonth()
    {
        var doors = new DoorCertificate(Folder, _clock);
        var first = Shown(doors).Thumbprint;
        Assert.Equal(first, Shown(new DoorCertificate(Folder, _clock)).Thumbprint);

        _clock.Advance(TimeSpan.FromDays(769));
        Assert.Equal(first, Shown(doors).Thumbprint);
        _clock.Advance(TimeSpan.FromDays(2));
        var second = Shown(doors).Thumbprint;

        Assert.NotEqual(first, second);
        Assert.Equal(second, Shown(new DoorCertificate(Folder, _clock)).Thumbprint);
    }

    [Theory]
    [InlineData("server.crt", null)]
    [InlineData("server.key", null)]
    [InlineData("server.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("server.key", "")]
    public void File_MissingOrSpoilt_IsMadeAnew(string name, string? text)
    {
        var first = Shown(new DoorCertificate(Folder, _clock)).Thumbprint;
        var file = Path.Combine(Folder, name);
        File.Delete(file);
        if (text is not null)
        {
            File.WriteAllText(file, text);
        }

        Assert.NotEqual(first, Shown(new DoorCertificate(Folder, _clock)).Thumbprint);
    }

    private static X509Certificate2 Shown(DoorCertificate doors) => doors.Options().ServerCertificateContext!.TargetCertificate;
}
