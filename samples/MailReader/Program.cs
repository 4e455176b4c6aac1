return await MailReader.ReaderApp.RunAsync(args, Console.Out);
