using System.Net;
using System.Net.Sockets;

namespace Bitmask.Sandbox;

/// <summary>Waits until a program that was started listens.</summary>
internal static class Reachable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <exception cref="InvalidOperationException">It ended, or does not answer; the message has the end of its log.</exception>
    public static async Task WaitAsync(SandboxProcess process, string address, TimeProvider clock, params int[] ports)
    {
        foreach (var port in ports)
        {
            await WaitAsync(process, new IPEndPoint(IPAddress.Parse(address), port), clock);
        }
    }

    /// <summary>The same of a socket in the file system.</summary>
    /// <exception cref="InvalidOperationException">It ended, or does not answer; the message has the end of its log.</exception>
    public static Task WaitForSocketAsync(SandboxProcess process, string socketPath, TimeProvider clock) => WaitAsync(process, new UnixDomainSocketEndPoint(socketPath), clock);

    private static async Task WaitAsync(SandboxProcess process, EndPoint endPoint, TimeProvider clock)
    {
        var start = clock.GetTimestamp();
        while (!await AnswersAsync(endPoint))
        {
            if (!Launcher.IsRunning(process) || clock.GetElapsedTime(start) > Patience)
            {
                throw new InvalidOperationException($"{process.Name} does not answer on {endPoint}; its log {process.Log} ends:\n{string.Join('\n', File.ReadLines(process.Log).TakeLast(15))}");
            }

            await Task.Delay(50);
        }
    }

    private static async Task<bool> AnswersAsync(EndPoint endPoint)
    {
        using var socket = endPoint is IPEndPoint ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
