using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bitmask.Sqlite;

namespace Bitmask.Benchmarks.Measured;

/// <summary>
/// What the blobs' way costs any program that keeps the same promises, without requests, names, databases or encryption of its own: the octets go through one stream
/// of TLS 1.3 over loopback and are written to as many files; on the way up each is hashed with SHA-256, too, and on the disk before the next one.
/// </summary>
internal sealed class BlobFloor : IDisposable
{
    private const int PieceOctets = 64 * 1024;

    private readonly DirectoryInfo _folder;
    private readonly SslStreamCertificateContext _certificate;
    private int _files;

    public BlobFloor(DirectoryInfo folder)
    {
        _folder = folder;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=floor.test", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        _certificate = SslStreamCertificateContext.Create(request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1)), null);
    }

    public async Task RunAsync(int count, long octets, bool isUpload)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var server = await listener.AcceptTcpClientAsync();
        var sending = Task.Run(() => SendAsync(client, count * octets));
        await using var tls = new SslStream(server.GetStream());
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = _certificate, EnabledSslProtocols = SslProtocols.Tls13 });
        var buffer = new byte[PieceOctets];
        for (var i = 0; i < count; i++)
        {
            using var file = File.OpenHandle(Path.Combine(_folder.FullName, $"{_files++}"), FileMode.CreateNew, FileAccess.Write);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (var at = 0L; at < octets;)
            {
                var piece = buffer.AsMemory(0, (int)Math.Min(PieceOctets, octets - at));
                await tls.ReadExactlyAsync(piece);
                RandomAccess.Write(file, piece.Span, at);
                at += piece.Length;
                if (isUpload)
                {
                    hash.AppendData(piece.Span);
                }
            }

            if (isUpload)
            {
                RandomAccess.FlushToDisk(file);
                hash.GetHashAndReset();
            }
        }

        DurableFile.SyncFolder(_folder.FullName);
        await tls.ShutdownAsync();
        await sending;
    }

    public void Dispose() => _certificate.TargetCertificate.Dispose();

    private async Task SendAsync(TcpClient client, long total)
    {
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "floor.test",
            EnabledSslProtocols = SslProtocols.Tls13,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null && certificate.GetCertHash().SequenceEqual(_certificate.TargetCertificate.GetCertHash()),
        });
        var piece = new byte[PieceOctets];
        for (var done = 0L; done < total; done += piece.Length)
        {
            await tls.WriteAsync(piece.AsMemory(0, (int)Math.Min(piece.Length, total - done)));
        }

        // Until the other end is done: closing with its session tickets unread would break the connection under what is still on its way.
        _ = await tls.ReadAsync(piece);
    }
}
