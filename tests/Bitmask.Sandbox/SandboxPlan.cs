using System.Net;
using System.Net.Sockets;

namespace Bitmask.Sandbox;

/// <summary>What is asked for, and which addresses and ports it gets.</summary>
internal sealed record SandboxPlan
{
    private const int PortsNeeded = 100;
    private const int FirstPortBase = 21000;
    private const int LastPortBase = 31000;
    private const int FirstProviderOctet = 11;

    public required string Folder { get; init; }

    /// <summary>Addresses of the accounts; each domain among them gets a provider.</summary>
    public required IReadOnlyList<string> Accounts { get; init; }

    public int Devices { get; init; } = 1;

    public required int PortBase { get; init; }

    /// <summary>Ports for the first daemon's IMAP, SMTP and HTTP doors where they should be the well-known ones.</summary>
    public (int Imap, int Smtp, int Http)? FirstDaemonPorts { get; init; }

    public IReadOnlyList<string> Domains => [.. Accounts.Select(address => address[(address.IndexOf('@') + 1)..]).Distinct()];

    public int WebPort => PortBase;

    public int ApiPort => PortBase + 1;

    public int SoledadPort => PortBase + 2;

    public int NicknymPort => PortBase + 3;

    public int MxPort => PortBase + 4;

    public int SubmissionPort => PortBase + 5;

    public int DnsPort => PortBase + 10;

    public static string ProviderAddress(int index) => $"127.0.0.{FirstProviderOctet + index}";

    public (int Imap, int Smtp, int Http) DaemonPorts(int index)
        => index == 0 && FirstDaemonPorts is { } chosen ? chosen : (PortBase + 20 + (index * 3), PortBase + 21 + (index * 3), PortBase + 22 + (index * 3));

    /// <summary>A base from which all ports are free on every loopback address that is used; random, so that two sandboxes started at once do not meet.</summary>
    public static int FindPortBase(int providers)
    {
        for (var attempt = 0; attempt < 500; attempt++)
        {
            var start = FirstPortBase + (Random.Shared.Next((LastPortBase - FirstPortBase) / PortsNeeded) * PortsNeeded);
            var free = Enumerable.Range(0, 6).All(offset => Enumerable.Range(0, providers).All(index => IsFree(ProviderAddress(index), start + offset)))
                && Enumerable.Range(10, PortsNeeded - 10).All(offset => IsFree("127.0.0.1", start + offset));
            if (free)
            {
                return start;
            }
        }

        throw new InvalidOperationException("No free range of ports was found; name one with PORT_BASE.");
    }

    /// <summary>The port itself if it is free, else the next free one.</summary>
    public static int NextFree(int port)
    {
        while (!IsFree("127.0.0.1", port))
        {
            port++;
        }

        return port;
    }

    private static bool IsFree(string address, int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
