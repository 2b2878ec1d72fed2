// Ticker CONNECTIONS FILE SINK SOURCE - the same as ticker.py, with a selector of java.nio.
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

class Ticker {
    static final long EACH = 10_000_000, IN_TIME = 5_000_000; // ns

    static Selector selector;
    static byte[] data;
    static int open;

    /** Sends the data, or gets it, and looks at it at the end. */
    static class Carrier {
        final SocketChannel channel = SocketChannel.open();
        final boolean sends;
        final ByteBuffer bytes;

        Carrier(boolean sends, int port) throws IOException {
            this.sends = sends;
            bytes = sends ? ByteBuffer.wrap(data) : ByteBuffer.allocate(data.length + 1);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_CONNECT, this);
            channel.connect(new InetSocketAddress("127.0.0.1", port));
            open++;
        }

        void goOn(SelectionKey key) throws IOException {
            if (key.isConnectable() && channel.finishConnect())
                key.interestOps(sends ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
            else if (key.isWritable() && channel.write(bytes) >= 0 && !bytes.hasRemaining()) {
                channel.shutdownOutput();
                key.interestOps(SelectionKey.OP_READ);
            } else if (key.isReadable() && channel.read(sends ? ByteBuffer.allocate(1) : bytes) < 0)
                end();
        }

        void end() throws IOException {
            bytes.flip();
            if (!bytes.equals(ByteBuffer.wrap(data)))
                throw new IOException("something else was carried");
            channel.close();
            open--;
        }
    }

    public static void main(String[] arguments) throws IOException {
        int connections = Integer.parseInt(arguments[0]);
        int sink = Integer.parseInt(arguments[2]), source = Integer.parseInt(arguments[3]);
        data = Files.readAllBytes(Path.of(arguments[1]));
        selector = Selector.open();
        for (int i = 0; i < connections; i++) {
            new Carrier(true, sink);
            new Carrier(false, source);
        }
        if (connections == 0)
            SocketChannel.open(new InetSocketAddress("127.0.0.1", sink));

        int ticks = 0, inTime = 0;
        long begin = System.nanoTime(), due = begin + EACH;
        while (open > 0 || connections == 0 && ticks < 100) {
            long now = System.nanoTime();
            if (now >= due) {
                ticks++;
                if (now - due < IN_TIME)
                    inTime++;
                due += EACH;
            }
            long left = (due - now + 999_999) / 1_000_000; // ms
            if (left > 0)
                selector.select(left);
            else
                selector.selectNow();
            for (SelectionKey key : selector.selectedKeys())
                ((Carrier) key.attachment()).goOn(key);
            selector.selectedKeys().clear();
        }
        System.out.println("ticks=" + ticks + " in_time=" + inTime);
    }
}
