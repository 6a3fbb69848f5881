import { item, logTime, number, type Speech, type Voice } from './speech.ts';

const packageOf = ({ app }: Voice): string => `com.acme.${app.replaceAll('-', '')}`;
const line = (ms: number, level: string, thread: string, words: string): string =>
  `${logTime(ms)} ${level.padEnd(5)} [${thread}] ${words}`;

const WEB_FRAMES = [
  '\tat java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)',
  '\tat org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java:885)',
  '\tat org.apache.catalina.core.ApplicationFilterChain.doFilter(ApplicationFilterChain.java:138)',
  '\tat org.apache.tomcat.util.threads.ThreadPoolExecutor$Worker.run(ThreadPoolExecutor.java:659)',
  '\tat java.base/java.lang.Thread.run(Thread.java:1583)',
];

const CITIES = ['上海', '深圳', '杭州', '成都'];

/** One team writes its logs in Chinese. */
function chinese(roll: number, second: number, ms: number): string {
  const city = CITIES[number(second, CITIES.length)];
  return roll < 0.9
    ? line(
        ms,
        'INFO',
        `http-nio-8080-exec-${number(second, 20)}`,
        `c.a.shipping.OrderRouter - 订单 SO-${number(roll, 90000)} 已分配到${city}仓，用时 ${number(second, 80)} 毫秒`,
      )
    : line(
        ms,
        'WARN',
        'carrier-poll-1',
        `c.a.shipping.CarrierClient - 承运商接口响应缓慢：${800 + number(second, 900)} 毫秒，将在 5 秒后重试`,
      );
}

function steady(voice: Voice, roll: number, second: number, ms: number): string {
  if (voice.app === 'shipping') return chinese(roll, second, ms);
  const thread = `http-nio-8080-exec-${number(second, 20)}`;
  if (roll < 0.86)
    return line(
      ms,
      'INFO',
      thread,
      `c.a.web.RequestLog - GET /api/${item(second)}/${number(roll, 90000)} 200 ${number(second, 180)}ms`,
    );
  if (roll < 0.93)
    return line(ms, 'DEBUG', thread, `o.h.SQL - select o.id, o.total from ${item(second)}s o where o.id = ?`);
  if (roll < 0.98)
    return line(
      ms,
      'INFO',
      'kafka-consumer-0',
      `o.a.k.c.c.internals.ConsumerCoordinator - [groupId=${voice.app}] Committed offset ${number(roll, 900000)} for orders-${number(second, 12)}`,
    );
  return line(
    ms,
    'WARN',
    'HikariPool-1 housekeeper',
    `c.z.hikari.pool.HikariPool - Thread starvation or clock leap detected (housekeeper delta=${number(second, 50)}s)`,
  );
}

const fullPauses = (ms: number, apartMs = 750): string[] =>
  [3, 2, 1].map((back) =>
    line(
      ms - back * apartMs,
      'WARN',
      'gc',
      `GC(${1415 - back}) Pause Full (G1 Compaction Pause) ${1010 - back}M->${1009 - back}M(1024M) ${(700 + 70 * (3 - back)).toFixed(1)}ms`,
    ),
  );

export const java: Speech = {
  startup: (voice, ms) => [
    line(
      ms + 400,
      'INFO',
      'main',
      `${packageOf(voice)}.Application - Starting Application ${voice.version} using Java 21.0.4 with PID 1`,
    ),
    line(
      ms + 800,
      'INFO',
      'main',
      'o.s.b.w.embedded.tomcat.TomcatWebServer - Tomcat initialized with port 8080 (http)',
    ),
    line(
      ms + 1200,
      'INFO',
      'main',
      `com.zaxxer.hikari.HikariDataSource - HikariPool-1 - Starting, jdbc:postgresql://postgres.data:5432/${voice.app}?user=${voice.app}&password=Winter2026-${voice.app}`,
    ),
    line(
      ms + 1600,
      'INFO',
      'main',
      'o.f.core.internal.command.DbMigrate - Schema "public" is up to date. No migration necessary.',
    ),
    line(
      ms + 2000,
      'INFO',
      'main',
      'o.s.b.w.embedded.tomcat.TomcatWebServer - Tomcat started on port 8080 (http) with context path "/"',
    ),
  ],
  steady,
  endings: {
    oom: [
      (voice, ms) => [
        ...fullPauses(ms),
        line(
          ms,
          'WARN',
          'http-nio-8080-exec-3',
          `${packageOf(voice)}.IndexCache - 1204411 entries off the heap in direct buffers, evicting nothing: no bound is set`,
        ),
      ],
    ],
    heap: [
      (voice, ms) => [
        ...fullPauses(ms - 1_670, 330),
        line(ms - 1_670, 'ERROR', 'http-nio-8080-exec-11', 'c.a.web.GlobalErrorHandler - request failed'),
        'java.lang.OutOfMemoryError: Java heap space',
        '\tat java.base/java.util.Arrays.copyOf(Arrays.java:3537)',
        `\tat ${packageOf(voice)}.report.CsvExport.append(CsvExport.java:71)`,
        `\tat ${packageOf(voice)}.report.CsvExport.all(CsvExport.java:44)`,
        'Terminating due to java.lang.OutOfMemoryError: Java heap space',
      ],
    ],
    preload: [
      (voice, ms) => [
        line(
          ms - 2_770,
          'INFO',
          'promotion-loader',
          `${packageOf(voice)}.promo.PromotionCache - preloading every promotion into memory (new in ${voice.version})`,
        ),
        line(
          ms - 2_540,
          'INFO',
          'promotion-loader',
          `${packageOf(voice)}.promo.PromotionCache - 1200000 promotions held, 611 MB`,
        ),
        line(
          ms - 2_310,
          'WARN',
          'promotion-loader',
          `${packageOf(voice)}.promo.PromotionCache - 2100000 promotions held, 968 MB, no bound is set`,
        ),
        ...fullPauses(ms - 1_380, 230),
        line(
          ms - 1_380,
          'ERROR',
          'promotion-loader',
          `${packageOf(voice)}.promo.PromotionCache - cannot hold the promotions in memory`,
        ),
        'java.lang.OutOfMemoryError: Java heap space',
        `\tat ${packageOf(voice)}.promo.PromotionCache.preloadAll(PromotionCache.java:88)`,
        `\tat ${packageOf(voice)}.promo.PromotionCache.refresh(PromotionCache.java:52)`,
        `\tat ${packageOf(voice)}.CheckoutService.start(CheckoutService.java:39)`,
        '\tat java.base/java.lang.Thread.run(Thread.java:1583)',
        'Terminating due to java.lang.OutOfMemoryError: Java heap space',
      ],
    ],
    bug: [
      (voice, ms) => [
        line(ms, 'ERROR', 'http-nio-8080-exec-7', 'c.a.web.GlobalErrorHandler - unrecoverable error, shutting down'),
        'java.lang.NullPointerException: Cannot invoke "com.acme.pricing.Tariff.rate()" because "tariff" is null',
        `\tat ${packageOf(voice)}.OrderService.price(OrderService.java:211)`,
        `\tat ${packageOf(voice)}.OrderService.submit(OrderService.java:97)`,
        ...WEB_FRAMES,
      ],
      (voice, ms) => [
        line(
          ms,
          'ERROR',
          'kafka-consumer-0',
          'o.s.k.l.KafkaMessageListenerContainer - Stopping container due to an Error',
        ),
        'org.springframework.kafka.listener.ListenerExecutionFailedException: Listener threw an exception',
        '\tat org.springframework.kafka.listener.KafkaMessageListenerContainer.decorate(KafkaMessageListenerContainer.java:2934)',
        'Caused by: java.lang.IllegalStateException: event version 7 is newer than this reader understands (6)',
        `\tat ${packageOf(voice)}.events.EventReader.read(EventReader.java:133)`,
        '\t... 12 more',
      ],
      (voice, ms) => [
        line(ms, 'ERROR', 'shipment-router', `${packageOf(voice)}.OrderRouter - 无法处理订单，进程即将退出`),
        'java.lang.IllegalArgumentException: 未知的仓库编号：WH-0（订单缺少收货地址）',
        `\tat ${packageOf(voice)}.OrderRouter.warehouseOf(OrderRouter.java:164)`,
        `\tat ${packageOf(voice)}.OrderRouter.route(OrderRouter.java:88)`,
        '\tat java.base/java.lang.Thread.run(Thread.java:1583)',
      ],
    ],
    dependency: [
      (_voice, ms) => [
        line(
          ms - 2_500,
          'WARN',
          'main',
          'com.zaxxer.hikari.pool.HikariPool - HikariPool-1 - Connection is not available, request timed out after 30000ms',
        ),
        line(
          ms,
          'ERROR',
          'main',
          'com.zaxxer.hikari.pool.HikariPool - HikariPool-1 - Exception during pool initialization.',
        ),
        'org.postgresql.util.PSQLException: Connection to postgres.data:5432 refused. Check that the hostname and port are correct and that the postmaster is accepting TCP/IP connections.',
        '\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:352)',
        '\tat org.postgresql.Driver.connect(Driver.java:293)',
        'Caused by: java.net.ConnectException: Connection refused',
        '\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)',
        '\t... 31 more',
      ],
    ],
    'bad-release': [
      (voice, ms) => [
        line(ms, 'ERROR', 'main', 'o.s.boot.SpringApplication - Application run failed'),
        "org.springframework.beans.factory.BeanCreationException: Error creating bean with name 'roundingPolicy': Could not resolve placeholder 'pricing.rounding' in value \"${pricing.rounding}\"",
        '\tat org.springframework.beans.factory.support.AbstractBeanFactory.doGetBean(AbstractBeanFactory.java:337)',
        `Caused by: java.lang.IllegalArgumentException: Could not resolve placeholder 'pricing.rounding' (renamed from 'pricing.roundingMode' in ${voice.version})`,
        '\tat org.springframework.util.PropertyPlaceholderHelper.parseStringValue(PropertyPlaceholderHelper.java:180)',
      ],
    ],
    segfault: [
      () => [
        '#',
        '# A fatal error has been detected by the Java Runtime Environment:',
        '#',
        '#  SIGSEGV (0xb) at pc=0x00007f3a6c1d2b31, pid=1, tid=47',
        '#',
        '# Problematic frame:',
        '# C  [libzstd-jni-1.5.6.so+0x2db31]  ZSTD_decompressBlock_internal+0x1a1',
        '#',
        '# Core dump will be written. Default location: /tmp/core.1',
      ],
    ],
    hang: [
      (_voice, ms) => [
        line(
          ms - 2_800,
          'WARN',
          'http-nio-8080-Acceptor',
          'o.a.t.util.net.NioEndpoint - Maximum number of threads (200) reached for connector, 1022 requests wait',
        ),
        line(
          ms - 1_900,
          'WARN',
          'HikariPool-1 housekeeper',
          'c.z.hikari.pool.ProxyLeakTask - Connection leak detection triggered for conn41 on thread http-nio-8080-exec-19',
        ),
        line(ms - 200, 'WARN', 'actuator', 'c.a.web.Livez - health check took 10012 ms'),
      ],
    ],
    sigterm: [
      (_voice, ms) => [
        line(
          ms - 900,
          'INFO',
          'SpringApplicationShutdownHook',
          'o.s.b.w.e.tomcat.GracefulShutdown - Commencing graceful shutdown. Waiting for active requests to complete',
        ),
        line(
          ms,
          'INFO',
          'SpringApplicationShutdownHook',
          'com.zaxxer.hikari.HikariDataSource - HikariPool-1 - Shutdown completed.',
        ),
      ],
    ],
  },
};
