	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	subq	$8, %rsp
	leaq	a@tlsld(%rip), %rdi
	call	__tls_get_addr@PLT
	movl	a@dtpoff(%rax), %eax
	addq	$8, %rsp
	ret
	.size	f, .-f
f.Lfe:
	.globl	g
	.type	g, @function
g:
	pushq	%r12
	pushq	%rbp
	pushq	%rbx
	leaq	c@tlsld(%rip), %rdi
	call	__tls_get_addr@PLT
	movq	%rax, %rbp
	movl	c@dtpoff(%rax), %ebx
	leal	1(%rbx), %eax
	movl	%eax, c@dtpoff(%rbp)
	data16	leaq	b@tlsgd(%rip), %rdi
	.value	0x6666
	rex64
	call	__tls_get_addr@PLT
	addl	(%rax), %ebx
	movq	d@gottpoff(%rip), %rax
	addl	%fs:(%rax), %ebx
	movl	a@dtpoff(%rbp), %r12d
	leal	1(%r12), %eax
	movl	%eax, a@dtpoff(%rbp)
	leal	(%rbx,%r12), %eax
	popq	%rbx
	popq	%rbp
	popq	%r12
	ret
	.size	g, .-g
	.section	.tbss,"awT",@nobits
	.align 4
	.type	c, @object
	.size	c, 4
c:
	.zero	4
	.section	.tdata,"awT",@progbits
	.align 4
	.type	a, @object
	.size	a, 4
a:
	.long	1
	.section	.note.GNU-stack,"",@progbits
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: f -----
	.p2align 4
	.globl	f.kpatch
	.hidden	f.kpatch
	.type	f.kpatch, @function
f.kpatch:
	pushq	%rbp
	pushq	%rbx
	subq	$8, %rsp
	leaq	a.kpatch_tlsld(%rip), %rdi
	call	__tls_get_addr.kpatch_ext@PLT
	movq	%rax, %rbp
	data16	leaq	b.kpatch_tlsgd(%rip), %rdi
	.value	0x6666
	rex64
	call	__tls_get_addr.kpatch_ext@PLT
	movl	(%rax), %ebx
	addl	a@dtpoff(%rbp), %ebx
	movl	%ebx, %eax
	addl	c@dtpoff(%rbp), %eax
	movq	d.kpatch_tpoff(%rip), %rdx
	addl	%fs:(%rdx), %eax
	addq	$8, %rsp
	popq	%rbx
	popq	%rbp
	ret
	.size	f.kpatch, .-f.kpatch
f.kpatch_end:
	.popsection
	.pushsection .kpatch.got,"R",@progbits
	.balign	8
d.kpatch_tpoff:
	.quad	d.kpatch_ext@dtpoff
	.popsection
	.pushsection .kpatch.tlsgd,"R",@progbits
	.balign	8
b.kpatch_tlsgd:
	.quad	b.kpatch_ext@dtpoff
	.quad	0
	.popsection
	.pushsection .kpatch.tlsld,"R",@progbits
	.balign	8
a.kpatch_tlsld:
	.quad	a@dtpoff
	.quad	0
	.popsection
	.pushsection .kpatch.strtab,"R",@progbits
.Lkpatch_name0:
	.string	"f"
	.popsection
	.pushsection .kpatch.info,"R",@progbits
	.balign	8
	.quad	f
	.quad	f.Lfe-f
	.quad	f.kpatch
	.quad	f.kpatch_end-f.kpatch
	.quad	.Lkpatch_name0
	.quad	0
	.popsection
	.weak	__tls_get_addr.kpatch_ext
	.hidden	__tls_get_addr.kpatch_ext
	.weak	b.kpatch_ext
	.hidden	b.kpatch_ext
	.weak	d.kpatch_ext
	.hidden	d.kpatch_ext
#----- kpatch end -----
